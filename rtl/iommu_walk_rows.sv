// SPDX-License-Identifier: Apache-2.0
//
// The table of walks in flight: who walks, who may join, who may fill.
//
// For `request_i` (W2), all from registers: the open row with the same key, and
// the free row that this device may take. Keys are compared a clock earlier, in
// W1: `next_request_i` is the request of W2 from the clock after `next_i` on. A row
// that the request in W2 takes just then is among those compared. With Cfg.FastClock they
// are compared in W2, and count from its second clock on. A row is open
// from `allocate_i` until `seal_i`, when its outcome is known, and used until
// `release_i`. At most one open row has a given key.
//
// An invalidation that may cover a row closes it: nobody joins it any more, and it
// fills nothing (`fills_walk_o`: IOTLB and walk caches). A walk whose ids are not
// known yet counts as covered; so does one that is allocated in this clock. A
// context is concerned by fewer: `fills_device_o` falls with IODIR.INVAL_DDT,
// `fills_process_o` with IODIR.INVAL_PDT too, and with IOTINVAL.GVMA, for the
// directory may lie in memory of a guest.
//
// A device that holds half of the rows or more leaves the last one to others,
// from when one of them had to wait (`turn_i`) until it has its row.

module iommu_walk_rows
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault),
  localparam int unsigned Rows = Cfg.WalkRows
) (
  input  logic     clk_i,
  input  logic     rst_ni,

  input  logic     next_i,
  input  request_t next_request_i,
  input  request_t request_i,
  output logic     match_o,
  output row_t     match_row_o,
  output logic     free_o,
  output row_t     free_row_o,
  input  logic     turn_i,                   // request_i goes away without a row

  input  logic                  allocate_i,  // free_row_o, for request_i
  input  walk_ids_t             ids_i,       // what is known of it

  input  logic                  learn_i,     // a row's walk knows more of its ids
  input  row_t                  learn_row_i,
  input  walk_ids_t             learn_ids_i,

  input  logic     seal_i,
  input  row_t     seal_row_i,
  input  logic     release_i,
  input  row_t     release_row_i,

  input  logic     inval_valid_i,
  input  inval_t   inval_i,
  output logic [Rows-1:0] fills_walk_o,
  output logic [Rows-1:0] fills_device_o,
  output logic [Rows-1:0] fills_process_o,
  output logic [Rows-1:0] used_o
);

  localparam int unsigned CountWidth = $clog2(Rows + 1);

  logic [Rows-1:0] used_q, open_q, closed_q, device_closed_q, process_closed_q;
  logic [Rows-1:0] joinable_q;   // open and not closed
  walk_key_t  key_q [Rows];
  walk_ids_t  ids_q [Rows];

  walk_key_t       key, compared;
  logic            compare;
  logic [Rows-1:0] same_key, same_key_q, next_device, same_device_q, free, lowest_free, allocated;

  assign key      = walk_key(request_i);
  assign compared = Cfg.FastClock ? key : walk_key(next_request_i);
  assign compare  = Cfg.FastClock || next_i;
  assign free     = ~used_q;

  always_comb begin
    lowest_free = free;
    for (int unsigned n = 1; n < Rows; n++) begin
      for (int unsigned i = 0; i < n; i++) begin
        if (free[i]) lowest_free[n] = 1'b0;
      end
    end
  end

  // The lowest free row holds the key of W2 from the next clock on, whatever it
  // holds now. What is said of rows that stay free counts for nothing.
  logic like_key, like_device;

  assign like_device = key.device_id == compared.device_id;
  assign like_key    = key == compared;

  for (genvar n = 0; n < int'(Rows); n++) begin : gen_compare
    assign next_device[n] = lowest_free[n] ? like_device
                                           : key_q[n].device_id == compared.device_id;

    always_ff @(posedge clk_i) begin
      if (compare) same_device_q[n] <= next_device[n];
      if (compare) same_key_q[n] <= lowest_free[n] ? like_key : key_q[n] == compared;
    end

    assign same_key[n] = joinable_q[n] && same_key_q[n];
  end

  // Row numbers and counts.
  logic [CountWidth-1:0] held, next_held, left;   // held: by the device of W2, of W1

  always_comb begin
    match_row_o = '0;
    free_row_o  = '0;
    held        = '0;
    next_held   = '0;
    left        = '0;
    for (int unsigned n = 0; n < Rows; n++) begin
      if (same_key[n])    match_row_o = match_row_o | row_t'(n);
      if (lowest_free[n]) free_row_o  = free_row_o | row_t'(n);
      held      = held + CountWidth'(used_q[n] && same_device_q[n]);
      next_held = next_held + CountWidth'(used_q[n] && next_device[n]);
      left = left + CountWidth'(free[n]);
    end
  end

  // Counted a clock ahead: what is taken or released in that clock is not in it. Who
  // is in W2 then is known late: it is counted for both.
  logic light_q, light_waits_q, light, next_light;

  assign light      = held < CountWidth'(Rows / 2);
  assign next_light = next_held < CountWidth'(Rows / 2);

  always_ff @(posedge clk_i) light_q <= compare ? next_light : light;

  assign match_o   = same_key != '0;
  assign free_o    = left > CountWidth'(1) ||
                     (left == CountWidth'(1) && (light_q || !light_waits_q));
  assign allocated = allocate_i ? lowest_free : '0;

  // What an invalidation covers, by the lower bits of the ids: closing a row too
  // often costs a walk, nothing else.
  logic [Rows-1:0] of_device, of_process, of_space;
  logic [Rows-1:0] covered, device_covered, process_covered;

  for (genvar n = 0; n < int'(Rows); n++) begin : gen_cover
    assign of_device[n]  = key_q[n].device_id[7:0] == inval_i.device_id[7:0];
    assign of_process[n] = key_q[n].process_id[7:0] == inval_i.process_id[7:0];
    assign of_space[n]   = may_cover(inval_i, ids_q[n]);
  end

  always_comb begin
    covered         = '0;
    device_covered  = '0;
    process_covered = '0;
    if (inval_valid_i) begin
      unique case (inval_i.kind)
        InvalDdt: begin
          covered         = of_device | {Rows{!inval_i.dv}};
          device_covered  = covered | allocated;
          process_covered = covered;
        end
        InvalPdt: begin
          covered         = of_device & of_process;
          process_covered = covered;
        end
        InvalGvma: begin
          covered         = of_space;
          process_covered = covered;
        end
        default: covered = of_space;
      endcase
      covered = covered | allocated;
    end
  end

  assign fills_walk_o    = ~closed_q & ~{Rows{inval_valid_i}};
  assign fills_device_o  = ~device_closed_q & ~{Rows{inval_valid_i}};
  assign fills_process_o = ~process_closed_q & ~{Rows{inval_valid_i}};
  assign used_o          = used_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q           <= '0;
      open_q           <= '0;
      joinable_q       <= '0;
      closed_q         <= '0;
      device_closed_q  <= '0;
      process_closed_q <= '0;
      light_waits_q    <= 1'b0;
    end else begin
      if (allocate_i && light_q)                 light_waits_q <= 1'b0;
      else if (turn_i && light_q && free == '0)  light_waits_q <= 1'b1;
      for (int unsigned n = 0; n < Rows; n++) begin
        if (allocated[n]) begin
          used_q[n]           <= 1'b1;
          open_q[n]           <= 1'b1;
          closed_q[n]         <= covered[n];
          joinable_q[n]       <= !covered[n];
          device_closed_q[n]  <= device_covered[n];
          process_closed_q[n] <= inval_valid_i;
        end else begin
          if (release_i && release_row_i == row_t'(n)) used_q[n] <= 1'b0;
          if (seal_i && seal_row_i == row_t'(n))       open_q[n] <= 1'b0;
          if (covered[n])         closed_q[n]         <= 1'b1;
          if (covered[n] || (seal_i && seal_row_i == row_t'(n))) joinable_q[n] <= 1'b0;
          if (device_covered[n])  device_closed_q[n]  <= 1'b1;
          if (process_covered[n]) process_closed_q[n] <= 1'b1;
        end
      end
    end
  end

  // The row that would be allocated takes the key in any case: a free row's means
  // nothing.
  always_ff @(posedge clk_i) begin
    for (int unsigned n = 0; n < Rows; n++) begin
      if (lowest_free[n]) key_q[n] <= key;
      if (lowest_free[n])                           ids_q[n] <= ids_i;
      else if (learn_i && learn_row_i == row_t'(n)) ids_q[n] <= learn_ids_i;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_one_match:     assert ((same_key & (same_key - 1'b1)) == '0);
      a_free_row:      assert (!allocate_i || (free & allocated) != '0);
      a_open_is_used:  assert ((open_q & ~used_q) == '0);
      a_seal_range:    assert (!seal_i || 32'(seal_row_i) < Rows);
      a_release_range: assert (!release_i || 32'(release_row_i) < Rows);
    end
  end
`endif

endmodule
