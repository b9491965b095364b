// SPDX-License-Identifier: Apache-2.0
//
// Writes of devices become AXI4 bursts, one each: a payload never leaves its 4 KiB
// and is never longer than a burst. The first doubleword of a payload is moved to
// its place in the bus word; byte enables become strobes. AW leaves first, then W,
// in the order of arrival and all under ID 0, so that memory keeps the order.
// Throughput: one bus word a clock, and a clock more for each write.

module iommu_pcie_write
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned TlpWidth = 128,
  parameter int unsigned BusWidth = 64
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  write_valid_i,
  output logic                  write_ready_o,
  input  access_t               write_i,
  input  logic                  payload_valid_i,
  output logic                  payload_ready_o,
  input  logic [TlpWidth-1:0]   payload_i,

  output logic                  aw_valid_o,
  input  logic                  aw_ready_i,
  output logic [7:0]            aw_len_o,
  output logic                  w_valid_o,
  input  logic                  w_ready_i,
  output logic [BusWidth-1:0]   w_data_o,
  output logic [BusWidth/8-1:0] w_strb_o,
  output logic                  w_last_o
);

  localparam int unsigned T          = TlpWidth / 32;    // doublewords in a beat
  localparam int unsigned A          = BusWidth / 32;    // and in a bus word
  localparam int unsigned ShiftWidth = $clog2(A);

  typedef logic [8:0] words_t;      // 0 to 256

  typedef struct packed {
    logic [ShiftWidth-1:0] shift;   // empty doublewords before the first
    dwords_t               dwords;
    logic [3:0]            first_be;
    logic [3:0]            last_be;
  } job_t;

  function automatic words_t words(logic [ShiftWidth-1:0] shift, dwords_t dwords);
    logic [11:0] whole;
    whole = 12'(shift) + 12'(dwords) + 12'(A - 1);
    return words_t'(whole >> ShiftWidth);
  endfunction

  job_t offered, job;
  logic job_ready, job_valid, job_done, write_unused;

  assign offered = '{
    shift: write_i.addr[ShiftWidth+1:2], dwords: write_i.dwords,
    first_be: write_i.first_be, last_be: write_i.last_be
  };
  assign write_unused = ^{write_i.origin, write_i.ttype, write_i.exec, write_i.priv, write_i.pv,
                          write_i.process_id, write_i.addr, write_i.no_write};

  assign aw_valid_o    = write_valid_i && job_ready;
  assign aw_len_o      = 8'(words(offered.shift, offered.dwords) - 1'b1);
  assign write_ready_o = aw_ready_i && job_ready;

  stream_fifo #(.T(job_t), .Depth(4)) u_jobs (
    .clk_i, .rst_ni,
    .valid_i (write_valid_i && aw_ready_i),
    .ready_o (job_ready),
    .data_i  (offered),
    .valid_o (job_valid),
    .ready_i (job_done),
    .data_o  (job)
  );

  // Doublewords that have been loaded and not sent. What is left over of a beat
  // stays at the bottom, so that the next one always goes to the same place.
  logic [(T+A)*32-1:0] hold_q, hold_d;
  logic                busy_q;
  words_t              left_q, ready_q, ready_d;
  dwords_t             beats_q;
  logic [11:0]         place_q;     // number of the lowest doubleword; may be below 0
  logic                take, load;

  assign w_valid_o = busy_q && ready_q != '0;
  assign w_last_o  = left_q == words_t'(1);
  assign w_data_o  = hold_q[BusWidth-1:0];
  assign take      = w_valid_o && w_ready_i;
  assign job_done  = take && w_last_o;
  assign load      = busy_q && beats_q != '0 && payload_valid_i &&
                     (ready_q == '0 || (take && ready_q == words_t'(1)));
  assign payload_ready_o = load;

  always_comb begin
    hold_d = take ? hold_q >> BusWidth : hold_q;
    if (load) begin
      for (int unsigned i = 0; i < A; i++) begin
        if (job.shift == ShiftWidth'(i)) hold_d[i*32+:TlpWidth] = payload_i;
      end
    end

    ready_d = ready_q - words_t'(take);
    if (load) ready_d = (beats_q == 11'd1) ? left_q - words_t'(take) : words_t'(T / A);
  end

  always_comb begin
    for (int unsigned i = 0; i < A; i++) begin
      logic [11:0] place;
      logic [3:0]  enables;
      place = place_q + 12'(i);
      if (place == '0)                            enables = job.first_be;
      else if (place == 12'(job.dwords) - 1'b1)   enables = job.last_be;
      else                                        enables = 4'b1111;
      w_strb_o[i*4+:4] = (place < 12'(job.dwords)) ? enables : 4'b0000;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q  <= 1'b0;
      ready_q <= '0;
      beats_q <= '0;
    end else begin
      busy_q  <= job_valid && !job_done;
      ready_q <= ready_d;
      if (!busy_q) beats_q <= dwords_t'((12'(job.dwords) + 12'(T - 1)) >> $clog2(T));
      else if (load) beats_q <= beats_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    hold_q <= hold_d;
    if (!busy_q) begin
      left_q  <= words(job.shift, job.dwords);
      place_q <= 12'd0 - 12'(job.shift);
    end else if (take) begin
      left_q  <= left_q - 1'b1;
      place_q <= place_q + 12'(A);
    end
  end

endmodule
