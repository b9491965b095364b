// SPDX-License-Identifier: Apache-2.0
//
// One line of the IOTLB: the key of an entry and its comparators. What the
// entry says is in iommu_iotlb's RAM.
//
// The page number is compared in steps, one a page size. A step matches when
// its bits are equal or the page is bigger than the step, its bits being offset:
//
//   iova  58    48 47    39 38    30 29    21 20    16 15    12
//        | step 5 | step 4 | step 3 | step 2 | step 1 | step 0 |
//                  <256T    <512G    <1G      <2M      <64K
//
// `match_o` and `permit_o` are combinational; the permission counts with a match
// and is kept here, so that it is known as early. A second comparator serves fill and invalidation,
// which never share a clock: `upkeep_vpn_i` is the page number of the one or the
// other. A fill drops every line that one lookup could match together with it. An
// invalidation's address is compared as far as the page table's leaf goes, which
// may be bigger than the entry, and the range of the invalidation leaves it to.
// Filled or dropped, the line shows it from the next clock on.
//
// With FastClock `match_o` and `permit_o` tell in the clock after, and the line is dropped
// a clock after it was compared, in the clock in which the fill is written.

module iommu_iotlb_line
  import iommu_pkg::*;
  import iommu_context_pkg::*;
#(
  parameter bit FastClock = 1'b0
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  space_t       lookup_space_i,
  input  logic [46:0]  lookup_vpn_i,
  input  access_e      lookup_access_i,
  input  logic         lookup_priv_i,
  input  logic         lookup_sum_i,
  output logic         match_o,
  output logic         permit_o,
  output logic         valid_o,

  input  logic         inval_valid_i,
  input  inval_t       inval_i,
  input  logic         fill_valid_i,   // some line will be filled: compare
  input  logic         fill_here_i,    // this one is
  input  translation_t fill_i,
  input  logic [46:0]  upkeep_vpn_i
);

  typedef logic [5:0] steps_t;

  function automatic steps_t equal_steps(logic [46:0] a, logic [46:0] b);
    return {a[46:36] == b[46:36], a[35:27] == b[35:27], a[26:18] == b[26:18],
            a[17:9] == b[17:9], a[8:4] == b[8:4], a[3:0] == b[3:0]};
  endfunction

  // Steps that a page of this size is bigger than.
  function automatic steps_t offset_steps(page_e size);
    return {1'b0, size >= Page256T, size >= Page512G, size >= Page1G,
            size >= Page2M, size >= Page64K};
  endfunction

  logic        valid_q;
  space_t      space_q;
  logic        global_q;
  logic [46:0] vpn_q;
  logic [4:0]  permissions_q;  // r, w, x, u, d
  steps_t      offset_q;   // decoded where it is written: it is compared every clock
  steps_t      leaf_q;     // likewise of the leaf

  steps_t fill_offset, fill_free, inval_free, upkeep_equal, upkeep_steps;
  logic   lookup_space, permit, fill_space, inval_any, inval_here, fill_meets, drop;

  // ------------------------------------------------------------- lookup
  assign lookup_space = space_q.second_stage == lookup_space_i.second_stage &&
                        space_q.first_stage == lookup_space_i.first_stage &&
                        space_q.gscid == lookup_space_i.gscid &&
                        space_q.msi == lookup_space_i.msi &&
                        space_q.device_id == lookup_space_i.device_id &&
                        (global_q || space_q.pscid == lookup_space_i.pscid);

  // Steps that match, by being equal or offset.
  steps_t lookup_steps;

  assign lookup_steps = equal_steps(vpn_q, lookup_vpn_i) | offset_q;
  assign valid_o      = valid_q;

  translation_t permissions;

  always_comb begin
    permissions   = '0;
    permissions.space.first_stage = space_q.first_stage;
    permissions.r = permissions_q[4];
    permissions.w = permissions_q[3];
    permissions.x = permissions_q[2];
    permissions.u = permissions_q[1];
    permissions.d = permissions_q[0];
  end

  assign permit = permits(permissions, lookup_access_i, lookup_priv_i, lookup_sum_i);

  if (FastClock) begin : gen_late_match
    logic   space_match_q, permit_q;
    steps_t steps_match_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) space_match_q <= 1'b0;
      else         space_match_q <= valid_q && lookup_space && !fill_here_i;
    end

    always_ff @(posedge clk_i) begin
      steps_match_q <= lookup_steps;
      permit_q      <= permit;
    end

    assign match_o  = space_match_q && (&steps_match_q);
    assign permit_o = permit_q;
  end else begin : gen_match
    assign match_o  = valid_q && lookup_space && (&lookup_steps);
    assign permit_o = permit;
  end

  // ----------------------------------------------- fill and invalidation
  assign fill_offset  = offset_steps(fill_i.size);
  assign upkeep_equal = equal_steps(vpn_q, upkeep_vpn_i);

  // One of two global entries' PSCIDs, or a PSCID and a global entry, may meet.
  assign fill_space = space_q.second_stage == fill_i.space.second_stage &&
                      space_q.first_stage == fill_i.space.first_stage &&
                      space_q.gscid == fill_i.space.gscid &&
                      space_q.msi == fill_i.space.msi &&
                      space_q.device_id == fill_i.space.device_id &&
                      (global_q || fill_i.is_global || space_q.pscid == fill_i.space.pscid);

  // IOTINVAL.GVMA names guest-physical addresses: a line of both stages does not
  // keep them.
  assign inval_any = !inval_i.av || (inval_i.kind != InvalVma && space_q.first_stage);

  // Steps in which the page number does not count.
  assign fill_free  = offset_q | fill_offset;
  assign inval_free = {6{inval_any}} | leaf_q | inval_i.wide;

  assign inval_here   = inval_valid_i && covers_space(inval_i, space_q, global_q);
  assign fill_meets   = fill_valid_i && fill_space;
  assign upkeep_steps = upkeep_equal | (inval_valid_i ? inval_free : fill_free);

  if (FastClock) begin : gen_late_drop
    logic   inval_q, fill_q;
    steps_t steps_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        inval_q <= 1'b0;
        fill_q  <= 1'b0;
      end else begin
        inval_q <= inval_here;
        fill_q  <= fill_meets;
      end
    end

    always_ff @(posedge clk_i) steps_q <= upkeep_steps;

    assign drop = (inval_q || fill_q) && (&steps_q);
  end else begin : gen_drop
    assign drop = (inval_here || fill_meets) && (&upkeep_steps);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)          valid_q <= 1'b0;
    else if (fill_here_i) valid_q <= 1'b1;
    else if (drop)        valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (fill_here_i) begin
      space_q  <= fill_i.space;
      global_q <= fill_i.is_global;
      permissions_q <= {fill_i.r, fill_i.w, fill_i.x, fill_i.u, fill_i.d};
      vpn_q    <= fill_i.vpn;
      offset_q <= fill_offset;
      leaf_q   <= offset_steps(fill_i.leaf);
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!fill_here_i || !inval_valid_i) else $error("filled against an invalidation");
      assert (!fill_here_i || fill_i.leaf >= fill_i.size)
        else $error("an entry bigger than its leaf");
    end
  end
`endif

endmodule
