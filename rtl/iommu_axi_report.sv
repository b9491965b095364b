// SPDX-License-Identifier: Apache-2.0
//
// Fault records of the front end: of bad bursts, which are never translated, of
// bursts that were cut off, and of MSIs that could not be stored, which are found
// by their tag. One at a time: `ready` is up only while the last record is gone.
// Those found by tag come first: a device that makes nothing but bad bursts must
// not hide one that stalls.
//
// The cause is that of an access fault of the access made, or `cut_cause_i` where
// that is not 0; TTYP is the access's, iotval the burst's address. What is known of
// a burst is kept under its tag as long as that is free, accepted or not: nobody
// asks before.

module iommu_axi_report
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
#(
  parameter int unsigned IndexWidth = 7
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       tag_free_i,      // accept_tag_i is nobody's yet
  input  logic [IndexWidth-1:0]      accept_tag_i,
  input  request_t                   accept_request_i,
  input  logic                       accept_colour_i,

  input  logic                       bad_valid_i,   // of what is accepted now
  output logic                       bad_ready_o,

  // By tag: cut off in R, W or B; MSIs that could not be stored.
  input  logic [3:0]                 cut_valid_i,
  output logic [3:0]                 cut_ready_o,
  input  logic [3:0][IndexWidth-1:0] cut_tag_i,
  input  logic [11:0]                cut_cause_i,   // of the MSI

  output logic                       fault_valid_o,
  input  logic                       fault_ready_i,
  output fault_t                     fault_o
);

  typedef struct packed {
    request_t request;
    logic     colour;
  } kept_t;

  typedef enum logic [1:0] {
    StIdle,
    StRead,    // the kept request is being read
    StReport
  } state_e;

  state_e                state_q, state_d;
  kept_t                 accepted, found_q, reported_q;
  logic [IndexWidth-1:0] tag;
  logic [$bits(kept_t)-1:0] ram [2 ** IndexWidth];

  assign accepted.request = accept_request_i;
  assign accepted.colour  = accept_colour_i;

  // A cut-off is seen in one clock and may be taken in the next, so that neither
  // it nor the bad burst waits for what becomes of the other.
  logic [3:0] seen_q;

  assign bad_ready_o = state_q == StIdle && seen_q == '0;

  // The lowest source first.
  always_comb begin
    cut_ready_o = '0;
    tag         = cut_tag_i[0];
    for (int unsigned i = 4; i > 0; i--) begin
      if (state_q == StIdle && seen_q[i-1]) begin
        cut_ready_o = 4'd1 << (i - 1);
        tag         = cut_tag_i[i-1];
      end
    end
  end

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle: begin
        if (bad_valid_i)                            state_d = StReport;
        else if ((cut_valid_i & cut_ready_o) != '0) state_d = StRead;
      end
      StRead:   state_d = StReport;
      StReport: if (fault_ready_i) state_d = StIdle;
      default:  state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      seen_q  <= '0;
    end else begin
      state_q <= state_d;
      seen_q  <= cut_valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (tag_free_i) ram[accept_tag_i] <= accepted;
  end

  always_ff @(posedge clk_i) begin
    found_q <= kept_t'(ram[tag]);
  end

  logic [11:0] cause_q;   // 0: an access fault

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) cause_q <= cut_ready_o[3] ? cut_cause_i : '0;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle)      reported_q <= accepted;
    else if (state_q == StRead) reported_q <= found_q;
  end

  assign fault_valid_o = state_q == StReport;

  always_comb begin
    unique case (reported_q.request.access)
      AccessExecute: fault_o.cause = 12'(CAUSE_INSTRUCTION_ACCESS_FAULT);
      AccessRead:    fault_o.cause = 12'(CAUSE_READ_ACCESS_FAULT);
      default:       fault_o.cause = 12'(CAUSE_WRITE_ACCESS_FAULT);
    endcase
    if (cause_q != '0) fault_o.cause = cause_q;
    fault_o.ttyp       = transaction_type(reported_q.request.ttype, reported_q.request.access);
    fault_o.pv         = reported_q.request.pv;
    fault_o.priv       = reported_q.request.pv && reported_q.request.priv;
    fault_o.process_id = reported_q.request.pv ? reported_q.request.process_id : '0;
    fault_o.device_id  = reported_q.request.device_id;
    fault_o.iotval     = reported_q.request.iova;
    fault_o.iotval2    = '0;
    fault_o.colour     = reported_q.colour;
  end

endmodule
