// SPDX-License-Identifier: Apache-2.0
//
// Takes TLPs from devices apart. Nothing of a TLP goes on before its last beat has
// come and everything about it is right: its payload is as long as the header says,
// the integrator has not marked it (`error`), and iommu_pcie_check has no
// objection. What is not right is dropped and counted. Beats outside of a packet,
// and packets whose end is missing, are dropped like malformed ones.
//
// The port stalls only while what the TLP goes to is full: writes and messages wait
// for memory, non-posted requests for completions to leave. `np_ok_o` says ahead
// that a few more of these will be taken; who sends none while it is low keeps them
// from ever holding up a write.

module iommu_pcie_intake
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter bit          Ats      = 1'b1,
  parameter int unsigned TlpWidth = 128
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic [TlpWidth-1:0]    tlp_data_i,
  input  logic [TlpWidth/32-1:0] tlp_strb_i,
  input  header_t                tlp_i,
  input  logic                   tlp_valid_i,
  input  logic                   tlp_sop_i,
  input  logic                   tlp_eop_i,
  input  logic                   tlp_error_i,
  output logic                   tlp_ready_o,

  // Payload of writes
  output logic                   push_o,
  input  logic                   push_ready_i,
  output logic [TlpWidth-1:0]    push_data_o,
  output logic                   commit_o,
  output logic                   drop_o,

  // Requests and messages
  output logic                   write_valid_o,
  input  logic                   write_ready_i,
  output logic                   non_posted_valid_o,
  input  logic                   non_posted_ready_i,
  output kind_e                  kind_o,
  output access_t                access_o,
  output logic                   message_valid_o,
  input  logic                   message_ready_i,
  output page_request_t          page_o,
  output inval_completion_t      completion_o,

  // Events to be counted
  output logic                   malformed_o,
  output logic                   unsupported_o,
  output logic                   poisoned_o
);

  localparam int unsigned Dwords     = TlpWidth / 32;
  localparam int unsigned CountWidth = $clog2(Dwords + 1);

  typedef struct packed {
    logic [TlpWidth-1:0] data;
    logic [Dwords-1:0]   strb;
    header_t             header;
    logic                sop;
    logic                eop;
    logic                error;
  } beat_t;

  beat_t beat;
  logic  valid, take;

  stream_fifo #(.T(beat_t), .Depth(2)) u_beats (
    .clk_i, .rst_ni,
    .valid_i (tlp_valid_i),
    .ready_o (tlp_ready_o),
    .data_i  ('{data: tlp_data_i, strb: tlp_strb_i, header: tlp_i, sop: tlp_sop_i,
                eop: tlp_eop_i, error: tlp_error_i}),
    .valid_o (valid),
    .ready_i (take),
    .data_o  (beat)
  );

  // ------------------------------------------------------------ the header
  // Of a packet of several beats the header of the first one counts.
  logic    open_q, bad_q;
  dwords_t count_q;
  header_t header, header_q;
  kind_e   kind;
  logic    broken;
  dwords_t expected;

  assign header = beat.sop ? beat.header : header_q;

  iommu_pcie_check #(.Ats(Ats)) u_check (
    .tlp_i        (header),
    .kind_o       (kind),
    .malformed_o  (broken),
    .payload_o    (expected),
    .access_o,
    .page_o,
    .completion_o
  );

  // ----------------------------------------------------------- the payload
  logic [CountWidth-1:0] found;
  dwords_t               so_far, total;
  logic                  gap, bad, wrong;

  always_comb begin
    found = '0;
    for (int unsigned i = 0; i < Dwords; i++) found = found + CountWidth'(beat.strb[i]);
  end

  assign so_far = beat.sop ? '0 : count_q;
  assign total  = so_far + dwords_t'(found);
  // From the lowest on without a gap, and only the last beat is not full.
  assign gap    = (beat.strb & (beat.strb + 1'b1)) != '0 ||
                  (!beat.eop && beat.strb != {Dwords{1'b1}});
  assign bad    = (!beat.sop && bad_q) || gap || beat.error || broken || total > expected;
  assign wrong  = bad || total != expected;

  // --------------------------------------------------------------- actions
  logic inside_packet, finish, stray, torn, stall;

  assign inside_packet = beat.sop || open_q;
  assign stray         = valid && !inside_packet;
  assign torn          = valid && beat.sop && open_q;
  assign finish        = valid && inside_packet && beat.eop;

  always_comb begin
    stall = kind == KindWrite && inside_packet && !bad && !push_ready_i;
    if (finish && !wrong) begin
      unique case (kind)
        KindWrite:                                  stall = stall || !write_ready_i;
        KindRead, KindTranslation, KindUnsupported: stall = !non_posted_ready_i;
        KindPage, KindInvalidated:                  stall = !message_ready_i;
        default:                                    stall = 1'b0;
      endcase
    end
  end

  // A packet without an end is dropped a clock before the next one is looked at.
  assign take = valid && !stall && !torn;

  assign push_o      = take && kind == KindWrite && inside_packet && !bad;
  assign push_data_o = beat.data;
  assign commit_o    = take && finish && kind == KindWrite && !wrong;
  assign drop_o      = torn || (take && finish && !commit_o);

  assign kind_o             = kind;
  assign write_valid_o      = commit_o;
  assign non_posted_valid_o = take && finish && !wrong &&
                              kind inside {KindRead, KindTranslation, KindUnsupported};
  assign message_valid_o    = take && finish && !wrong && kind inside {KindPage, KindInvalidated};

  assign malformed_o   = torn || (take && (stray || (finish && wrong)));
  assign unsupported_o = take && finish && !wrong && kind inside {KindUnsupported, KindDropped};
  assign poisoned_o    = take && finish && !wrong && kind == KindPoisoned;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)   open_q <= 1'b0;
    else if (torn) open_q <= 1'b0;
    else if (take) open_q <= inside_packet && !beat.eop;
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      if (beat.sop) header_q <= beat.header;
      bad_q   <= bad;
      count_q <= total;
    end
  end

endmodule
