// SPDX-License-Identifier: Apache-2.0
//
// Writes to pages of memory-resident interrupt files: one at a time, from when
// the write is at the head of the writes' order, and all before it are
// acknowledged, until its B is handed over. Nothing leaves behind it meanwhile,
// so that an interrupt never overtakes what it tells of.
//
// The write's data comes as `data_*`, in the clock in which it leaves the buffer.
// A 32-bit write, aligned, of an identity that a file has, at offset 0 (little-
// endian) or 4 (big-endian) is stored; other aligned 32-bit writes are accepted
// and discarded; anything else is aborted with SLVERR, without a record. A store
// that fails is answered with SLVERR, and recorded (`fault_*`) unless DC.tc.DTF
// says no.

module iommu_axi_mrif
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter int unsigned IndexWidth = 7,
  parameter int unsigned DataWidth  = 64
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  // The write that leaves the order, and its first beat of data.
  output logic                   busy_o,
  input  logic                   take_i,         // only when not busy
  input  logic [IndexWidth-1:0]  tag_i,
  input  axi_id_t                id_i,
  input  logic                   single_i,       // one beat
  input  verdict_t               verdict_i,
  input  logic                   colour_i,
  input  logic                   data_valid_i,
  input  logic [DataWidth-1:0]   data_i,
  input  logic [DataWidth/8-1:0] strb_i,

  // The core's store engine.
  output logic                   store_valid_o,
  input  logic                   store_ready_i,
  output mrif_store_t            store_o,
  input  logic                   store_done_i,
  input  logic [11:0]            store_cause_i,

  // A record of it.
  output logic                   fault_valid_o,
  input  logic                   fault_ready_i,
  output logic [IndexWidth-1:0]  fault_tag_o,
  output logic [11:0]            fault_cause_o,

  // B.
  output logic                   respond_valid_o,
  input  logic                   respond_ready_i,
  output logic [IndexWidth-1:0]  respond_tag_o,
  output axi_id_t                respond_id_o,
  output logic                   respond_error_o
);

  localparam int unsigned Lanes     = DataWidth / 32;
  localparam int unsigned LaneWidth = $clog2(Lanes);

  typedef enum logic [2:0] {
    StIdle,
    StData,
    StJudge,
    StStore,
    StStoring,
    StReport,
    StRespond
  } state_e;

  state_e                state_q, state_d;
  logic [IndexWidth-1:0] tag_q;
  axi_id_t               id_q;
  verdict_t              verdict_q;
  logic                  single_q, colour_q, error_q, error_d;
  logic [31:0]           lane_q, identity;
  logic [3:0]            lane_strb_q;
  logic                  lone_q;        // no other lane is written
  logic [11:0]           cause_q;

  // The lane that the address names, and whether it is all that is written.
  logic [LaneWidth-1:0]   lane;
  logic [DataWidth/8-1:0] others;

  assign lane = verdict_q.mrif.offset[2+:LaneWidth];

  always_comb begin
    others = strb_i;
    others[32'(lane)*4+:4] = '0;
  end

  // What was written, in the order of bytes that bit 2 of the address stands for.
  logic whole, known;

  assign identity = verdict_q.mrif.offset[2] ? {<<8{lane_q}} : lane_q;
  assign whole    = single_q && lone_q && lane_strb_q == '1 && verdict_q.mrif.offset[1:0] == '0;
  assign known    = verdict_q.mrif.offset[11:3] == '0 && identity[31:11] == '0;

  always_comb begin
    state_d = state_q;
    error_d = error_q;
    unique case (state_q)
      StIdle: begin
        error_d = 1'b0;
        if (take_i) state_d = StData;
      end
      StData: if (data_valid_i) state_d = StJudge;
      StJudge: begin
        error_d = !whole;
        state_d = (whole && known) ? StStore : StRespond;
      end
      StStore: if (store_ready_i) state_d = StStoring;
      StStoring: begin
        if (store_done_i) begin
          error_d = store_cause_i != '0;
          state_d = (error_d && verdict_q.mrif.report) ? StReport : StRespond;
        end
      end
      StReport:  if (fault_ready_i) state_d = StRespond;
      StRespond: if (respond_ready_i) state_d = StIdle;
      default:   state_d = StIdle;
    endcase
  end

  assign busy_o = state_q != StIdle;

  assign store_valid_o = state_q == StStore;

  always_comb begin
    store_o.file     = verdict_q.pa[PaWidth-1:9];
    store_o.identity = identity[10:0];
    store_o.mrif     = verdict_q.mrif;
    store_o.qos      = verdict_q.ids;
    store_o.colour   = colour_q;
  end

  assign fault_valid_o   = state_q == StReport;
  assign fault_tag_o     = tag_q;
  assign fault_cause_o   = cause_q;
  assign respond_valid_o = state_q == StRespond;
  assign respond_tag_o   = tag_q;
  assign respond_id_o    = id_q;
  assign respond_error_o = error_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= StIdle;
    else         state_q <= state_d;
  end

  always_ff @(posedge clk_i) begin
    error_q <= error_d;
    if (take_i) begin
      tag_q     <= tag_i;
      id_q      <= id_i;
      single_q  <= single_i;
      verdict_q <= verdict_i;
      colour_q  <= colour_i;
    end
    if (data_valid_i && state_q == StData) begin
      lane_q      <= data_i[32'(lane)*32+:32];
      lane_strb_q <= strb_i[32'(lane)*4+:4];
      lone_q      <= others == '0;
    end
    if (store_done_i) cause_q <= store_cause_i;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_one: assert (!take_i || !busy_o);
  end
`endif

  logic unused;
  assign unused = ^{verdict_q.fault, verdict_q.pa[8:0], verdict_q.pbmt, verdict_q.is_mrif};

endmodule
