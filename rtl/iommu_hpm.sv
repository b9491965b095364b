// SPDX-License-Identifier: Apache-2.0
//
// Hardware performance monitor: its registers, from `iocountovf` to
// `iohpmevt31`, on the bus of iommu_registers. Counters beyond Counters read 0.
//
// Requests count when they are accepted, whatever becomes of them; those of the
// debug registers count as untranslated, page requests not at all. `overflow_o`
// is a pulse for `ipsr.pmip`.

module iommu_hpm
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter int unsigned Counters = 8      // 1 to 31
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [11:3] addr_i,
  input  logic [1:0]  write_i,             // halves written
  input  logic [63:0] wdata_i,
  output logic [63:0] rdata_o,

  input  logic        request_valid_i,
  input  request_t    request_i,
  input  walk_event_t miss_event_i,
  input  walk_event_t read_event_i,
  output logic        overflow_o
);

  localparam logic [8:0] CounterBase  = 9'(REG_IOHPMCTR_BASE >> 3);
  localparam logic [8:0] SelectorBase = 9'(REG_IOHPMEVT_BASE >> 3);

  // The events of a clock, registered.
  logic        request_valid_q;
  request_t    request_q;
  walk_event_t miss_event_q, read_event_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      request_valid_q <= 1'b0;
      miss_event_q    <= '0;
      read_event_q    <= '0;
    end else begin
      request_valid_q <= request_valid_i && !request_i.page_request;
      miss_event_q    <= miss_event_i;
      read_event_q    <= read_event_i;
    end
  end

  always_ff @(posedge clk_i) request_q <= request_i;

  // ---------------------------------------------------------------- cycles
  logic                inhibits_here, cycles_here;
  logic [Counters:0]   inhibit_q;
  logic [62:0]         cycles_d, cycles_q;
  logic                of_d, of_q, cycles_overflow, cycles_overflow_q;
  logic [1:0]          cycles_write;

  assign inhibits_here = addr_i == 9'(REG_IOCOUNTINH >> 3);
  assign cycles_here   = addr_i == 9'(REG_IOHPMCYCLES >> 3);
  assign cycles_write  = cycles_here ? write_i : '0;

  always_comb begin
    logic counts, overflows;
    counts    = !inhibit_q[0];
    overflows = counts && cycles_q == '1 && cycles_write == '0;
    cycles_d  = cycles_q + 63'(counts);
    of_d      = of_q;
    if (cycles_write[0]) cycles_d[31:0] = wdata_i[31:0];
    if (cycles_write[1]) {of_d, cycles_d[62:32]} = wdata_i[63:32];
    cycles_overflow = overflows && !of_d;
    if (overflows) of_d = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      inhibit_q         <= '0;
      cycles_q          <= '0;
      of_q              <= 1'b0;
      cycles_overflow_q <= 1'b0;
    end else begin
      if (inhibits_here && write_i[1]) inhibit_q <= wdata_i[32+:Counters+1];
      cycles_q          <= cycles_d;
      of_q              <= of_d;
      cycles_overflow_q <= cycles_overflow;
    end
  end

  // -------------------------------------------------------------- counters
  logic [63:0]         counter  [Counters+1];
  logic [63:0]         selector [Counters+1];
  logic [Counters:0]   of, overflow;
  logic [8:0]          counter_number, selector_number;

  assign counter_number  = addr_i - CounterBase + 1'b1;
  assign selector_number = addr_i - SelectorBase + 1'b1;
  assign counter[0]      = '0;
  assign selector[0]     = '0;
  assign of[0]           = of_q;
  assign overflow[0]     = cycles_overflow_q;

  for (genvar n = 1; n <= int'(Counters); n++) begin : gen_counter
    iommu_hpm_counter u_counter (
      .clk_i, .rst_ni,
      .counter_write_i  (counter_number == 9'(n) ? write_i : '0),
      .selector_write_i (selector_number == 9'(n) ? write_i : '0),
      .wdata_i,
      .counter_o        (counter[n]),
      .selector_o       (selector[n]),
      .inhibit_i        (inhibit_q[n]),
      .request_valid_i  (request_valid_q),
      .request_i        (request_q),
      .miss_i           (miss_event_q),
      .read_i           (read_event_q),
      .of_o             (of[n]),
      .overflow_o       (overflow[n])
    );
  end

  assign overflow_o = overflow != '0;

  always_comb begin
    rdata_o = '0;
    if (inhibits_here) begin
      rdata_o[Counters:0]      = of;
      rdata_o[32+:Counters+1]  = inhibit_q;
    end
    if (cycles_here) rdata_o = {of_q, cycles_q};
    for (int unsigned n = 1; n <= Counters; n++) begin
      if (counter_number == 9'(n))  rdata_o = counter[n];
      if (selector_number == 9'(n)) rdata_o = selector[n];
    end
  end

endmodule
