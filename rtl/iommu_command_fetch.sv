// SPDX-License-Identifier: Apache-2.0
//
// Reads commands ahead of their execution: bursts of up to four, four bursts in
// flight, sixteen commands buffered. Never reads at or beyond `cqt`. Bursts end
// at multiples of four commands, so none crosses 4 KiB or the end of the ring;
// a ring of two holds one command at most.
//
// `flush_i` drops everything fetched or in flight; fetching starts again at
// `head_i`, the next value of `cqh`, when the last read in flight has come back.
// Nothing is offered to memory in clocks without `fetch_i`, but what was offered
// before stays. `data_ready_o` is always 1: room is reserved before a read.
// `error_o` marks a command whose read failed or was poisoned. `be_i` (fctl.BE)
// tells the byte order of the queue; it changes only while the queue is off.

module iommu_command_fetch
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_registers_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         flush_i,
  input  logic         fetch_i,
  input  logic         be_i,
  input  queue_index_t head_i,
  input  queue_base_t  cqb_i,
  input  queue_index_t cqt_i,
  output logic         idle_o,          // no read offered or in flight

  output logic         valid_o,
  input  logic         ready_i,
  output logic [127:0] command_o,
  output logic         error_o,

  output logic         read_valid_o,
  input  logic         read_ready_i,
  output mem_read_t    read_o,
  input  logic         data_valid_i,
  output logic         data_ready_o,
  input  mem_data_t    data_i
);

  localparam int unsigned Depth      = 16;
  localparam int unsigned IndexWidth = $clog2(Depth);
  localparam int unsigned CountWidth = $clog2(Depth + 1);
  localparam int unsigned Burst      = 4;

  typedef logic [IndexWidth-1:0] index_t;
  typedef logic [CountWidth-1:0] count_t;

  queue_index_t fetch_d, fetch_q;            // next command to ask for
  count_t       outstanding_d, outstanding_q; // commands asked for, not here yet
  count_t       count_d, count_q;            // commands buffered
  index_t       write_d, write_q, read_d, read_q;
  logic         discard_d, discard_q;        // what arrives was flushed
  logic         upper_d, upper_q;            // the next word is a second doubleword
  logic         error_d, error_q;            // of the first doubleword
  logic         offer_d, offer_q;
  logic [PaWidth-1:4] addr_d, addr_q;
  logic [1:0]   last_d, last_q;              // commands less one

  queue_index_t available;
  logic [2:0]   to_boundary, length, length_q;   // of the next burst; 0: none
  logic         roomy_q;
  logic         start, arrive, push, pop, word_error;

  // The next command, in a register: much is done with it in one clock.
  typedef struct packed {
    logic         error;
    logic [127:0] command;
  } command_t;

  logic     out_valid_q;
  command_t out, out_q;
  logic [PpnWidth-1:0] page;
  logic [63:0]  word;

  assign word         = in_order(data_i.data, be_i);
  assign data_ready_o = 1'b1;
  assign word_error   = data_i.error || data_i.poison;
  assign arrive       = data_valid_i && upper_q;
  assign push         = arrive && !discard_q && !flush_i;
  assign pop          = count_q != '0 && (!out_valid_q || ready_i);

  assign available   = (cqt_i - fetch_q) & index_mask(cqb_i.log2sz_1);
  assign to_boundary = 3'(Burst) - {1'b0, fetch_q[1:0]};
  assign length      = (available < queue_index_t'(to_boundary)) ? available[2:0] : to_boundary;

  // What may be asked for is worked out a clock ahead. It is what it was then: only
  // a start adds commands or moves on, and one that is offered holds up the next;
  // after a flush, which moves back, there is a clock of discard_q at least.
  assign start       = fetch_i && !flush_i && !discard_q && !offer_q && roomy_q &&
                       length_q != '0;

  always_ff @(posedge clk_i) begin
    length_q <= length;
    roomy_q  <= (CountWidth+1)'(outstanding_q) + (CountWidth+1)'(count_q)
                  <= (CountWidth+1)'(Depth - Burst);
  end

  // The base is aligned to the size of the queue.
  assign page = cqb_i.ppn | PpnWidth'(fetch_q[QueueIndexWidth-1:8]);

  always_comb begin
    fetch_d       = fetch_q;
    outstanding_d = outstanding_q;
    count_d       = count_q;
    write_d       = write_q;
    read_d        = read_q;
    discard_d     = discard_q && outstanding_q != '0;
    upper_d       = upper_q ^ data_valid_i;
    error_d       = (data_valid_i && !upper_q) ? word_error : error_q;
    offer_d       = offer_q && !read_ready_i;
    addr_d        = addr_q;
    last_d        = last_q;

    if (start) begin
      offer_d = 1'b1;
      addr_d  = {page, fetch_q[7:0]};
      last_d  = 2'(length_q - 1'b1);
      fetch_d = (fetch_q + queue_index_t'(length_q)) & index_mask(cqb_i.log2sz_1);
    end
    outstanding_d = outstanding_q + (start ? count_t'(length_q) : '0) - count_t'(arrive);

    if (push) write_d = write_q + 1'b1;
    if (pop)  read_d  = read_q + 1'b1;
    count_d = count_q + count_t'(push) - count_t'(pop);

    if (flush_i) begin
      discard_d = 1'b1;
      count_d   = '0;
      read_d    = write_q;
    end
    if (flush_i || discard_q) fetch_d = head_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      outstanding_q <= '0;
      count_q       <= '0;
      write_q       <= '0;
      read_q        <= '0;
      discard_q     <= 1'b0;
      upper_q       <= 1'b0;
      offer_q       <= 1'b0;
      out_valid_q   <= 1'b0;
    end else begin
      outstanding_q <= outstanding_d;
      count_q       <= count_d;
      write_q       <= write_d;
      read_q        <= read_d;
      discard_q     <= discard_d;
      upper_q       <= upper_d;
      offer_q       <= offer_d;
      out_valid_q   <= !flush_i && (pop || (out_valid_q && !ready_i));
    end
  end

  always_ff @(posedge clk_i) begin
    fetch_q <= fetch_d;
    error_q <= error_d;
    addr_q  <= addr_d;
    last_q  <= last_d;
    if (!out_valid_q || ready_i) out_q <= out;
  end

  lut_ram #(.T(logic [63:0]), .Depth(Depth)) u_lower (
    .clk_i,
    .write_i      (data_valid_i && !upper_q),
    .write_index_i(write_q),
    .write_data_i (word),
    .read_index_i (read_q),
    .read_data_o  (out.command[63:0])
  );

  lut_ram #(.T(logic [64:0]), .Depth(Depth)) u_upper (
    .clk_i,
    .write_i      (arrive),
    .write_index_i(write_q),
    .write_data_i ({error_q || word_error, word}),
    .read_index_i (read_q),
    .read_data_o  ({out.error, out.command[127:64]})
  );

  assign valid_o      = out_valid_q;
  assign command_o    = out_q.command;
  assign error_o      = out_q.error;
  assign idle_o       = outstanding_q == '0;
  assign read_valid_o = offer_q;

  always_comb begin
    read_o      = '0;
    read_o.id   = MemIdCommandQueue;
    read_o.addr = {addr_q, 4'b0};
    read_o.last = {last_q, 1'b1};
  end

  logic unused;
  assign unused = ^{data_i.id, data_i.last, data_i.exokay};

endmodule
