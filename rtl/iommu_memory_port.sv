// SPDX-License-Identifier: Apache-2.0
//
// The core's way to memory, as an AXI4 manager. Words are 64 bits; on a wider
// bus they travel as narrow transfers in the lane of their address.
//
// Nothing is added to the path: AR and AW/W leave in the clock in which the core
// offers them, R and B reach it in the clock in which they arrive, all
// combinational. A write is taken when both its AW and its last W have been;
// single words at one a clock. B is never refused.
//
// On a wide bus the lane of a beat follows from where its burst began: kept by
// ID for walks and the store of MRIFs, which read one burst at a time, and in
// order for the command queue, the only other reader.

module iommu_memory_port
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter int unsigned DataWidth = 64
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   read_valid_i,
  output logic                   read_ready_o,
  input  mem_read_t              read_i,
  output logic                   data_valid_o,
  input  logic                   data_ready_i,
  output mem_data_t              data_o,
  input  logic                   write_valid_i,
  output logic                   write_ready_o,
  input  mem_write_t             write_i,
  output logic                   done_valid_o,
  output mem_done_t              done_o,

  output logic [MemIdWidth-1:0]  mem_axi_awid_o,
  output logic [PaWidth-1:0]     mem_axi_awaddr_o,
  output logic [7:0]             mem_axi_awlen_o,
  output logic [2:0]             mem_axi_awsize_o,
  output logic [1:0]             mem_axi_awburst_o,
  output logic                   mem_axi_awlock_o,
  output logic [3:0]             mem_axi_awcache_o,
  output logic [2:0]             mem_axi_awprot_o,
  output logic [3:0]             mem_axi_awqos_o,
  output logic [2*QosIdWidth-1:0] mem_axi_awuser_o,
  output logic                   mem_axi_awvalid_o,
  input  logic                   mem_axi_awready_i,
  output logic [DataWidth-1:0]   mem_axi_wdata_o,
  output logic [DataWidth/8-1:0] mem_axi_wstrb_o,
  output logic                   mem_axi_wlast_o,
  output logic                   mem_axi_wvalid_o,
  input  logic                   mem_axi_wready_i,
  input  logic [MemIdWidth-1:0]  mem_axi_bid_i,
  input  logic [1:0]             mem_axi_bresp_i,
  input  logic                   mem_axi_bvalid_i,
  output logic                   mem_axi_bready_o,
  output logic [MemIdWidth-1:0]  mem_axi_arid_o,
  output logic [PaWidth-1:0]     mem_axi_araddr_o,
  output logic [7:0]             mem_axi_arlen_o,
  output logic [2:0]             mem_axi_arsize_o,
  output logic [1:0]             mem_axi_arburst_o,
  output logic                   mem_axi_arlock_o,
  output logic [3:0]             mem_axi_arcache_o,
  output logic [2:0]             mem_axi_arprot_o,
  output logic [3:0]             mem_axi_arqos_o,
  output logic [2*QosIdWidth-1:0] mem_axi_aruser_o,
  output logic                   mem_axi_arvalid_o,
  input  logic                   mem_axi_arready_i,
  input  logic [MemIdWidth-1:0]  mem_axi_rid_i,
  input  logic [DataWidth-1:0]   mem_axi_rdata_i,
  input  logic [1:0]             mem_axi_rresp_i,
  input  logic                   mem_axi_rlast_i,
  input  logic                   mem_axi_ruser_i,
  input  logic                   mem_axi_rvalid_i,
  output logic                   mem_axi_rready_o
);

  localparam logic [2:0] SizeWord   = 3'd3;
  localparam logic [1:0] BurstIncr  = 2'b01;
  // Non-cacheable and not bufferable: B means that a write is visible, which
  // fences, queue indices and exclusive updates rely on.
  localparam logic [3:0] CacheNormal = 4'b0010;
  localparam logic [2:0] ProtPrivileged = 3'b001;
  localparam logic [1:0] RespExokay = 2'b01;

  logic lane_space;  // where the lane of a read is kept has room

  // Reads.
  assign mem_axi_arid_o    = read_i.id;
  assign mem_axi_araddr_o  = read_i.addr;
  assign mem_axi_arlen_o   = {5'b0, read_i.last};
  assign mem_axi_arsize_o  = SizeWord;
  assign mem_axi_arburst_o = BurstIncr;
  assign mem_axi_arlock_o  = read_i.lock;
  assign mem_axi_arcache_o = CacheNormal;
  assign mem_axi_arprot_o  = ProtPrivileged;
  assign mem_axi_arqos_o   = '0;
  assign mem_axi_aruser_o  = read_i.qos;
  assign mem_axi_arvalid_o = read_valid_i && lane_space;
  assign read_ready_o      = mem_axi_arready_i && lane_space;

  assign data_valid_o     = mem_axi_rvalid_i;
  assign mem_axi_rready_o = data_ready_i;
  assign data_o.id        = mem_axi_rid_i;
  assign data_o.last      = mem_axi_rlast_i;
  assign data_o.error     = mem_axi_rresp_i[1];
  assign data_o.exokay    = mem_axi_rresp_i == RespExokay;
  assign data_o.poison    = mem_axi_ruser_i;

  // Writes: AW and the beats of W go independently, the write is done with
  // both.
  logic       aw_sent_q, aw_sent_d;
  logic       w_sent_q, w_sent_d;
  logic [1:0] beat_q, beat_d;
  logic       aw_complete, w_complete;

  assign mem_axi_awid_o    = write_i.id;
  assign mem_axi_awaddr_o  = write_i.addr;
  assign mem_axi_awlen_o   = {6'b0, write_i.last};
  assign mem_axi_awsize_o  = SizeWord;
  assign mem_axi_awburst_o = BurstIncr;
  assign mem_axi_awlock_o  = write_i.lock;
  assign mem_axi_awcache_o = CacheNormal;
  assign mem_axi_awprot_o  = ProtPrivileged;
  assign mem_axi_awqos_o   = '0;
  assign mem_axi_awuser_o  = write_i.qos;
  assign mem_axi_awvalid_o = write_valid_i && !aw_sent_q;
  assign mem_axi_wvalid_o  = write_valid_i && !w_sent_q;
  assign mem_axi_wlast_o   = beat_q == write_i.last;

  assign aw_complete   = aw_sent_q || mem_axi_awready_i;
  assign w_complete    = w_sent_q || (mem_axi_wready_i && mem_axi_wlast_o);
  assign write_ready_o = aw_complete && w_complete;

  always_comb begin
    aw_sent_d = aw_sent_q;
    w_sent_d  = w_sent_q;
    beat_d    = beat_q;
    if (write_valid_i) begin
      aw_sent_d = aw_complete && !w_complete;
      w_sent_d  = w_complete && !aw_complete;
      if (mem_axi_wvalid_o && mem_axi_wready_i) begin
        beat_d = mem_axi_wlast_o ? '0 : beat_q + 2'd1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_sent_q <= 1'b0;
      w_sent_q  <= 1'b0;
      beat_q    <= '0;
    end else begin
      aw_sent_q <= aw_sent_d;
      w_sent_q  <= w_sent_d;
      beat_q    <= beat_d;
    end
  end

  logic [63:0] word;
  logic [7:0]  strb;
  assign word = write_i.data[64 * beat_q +: 64];
  assign strb = (beat_q == '0) ? write_i.strb : '1;

  assign done_valid_o     = mem_axi_bvalid_i;
  assign mem_axi_bready_o = 1'b1;
  assign done_o.id        = mem_axi_bid_i;
  assign done_o.error     = mem_axi_bresp_i[1];
  assign done_o.exokay    = mem_axi_bresp_i == RespExokay;

  // Lanes.
  if (DataWidth == 64) begin : gen_narrow
    assign mem_axi_wdata_o = word;
    assign mem_axi_wstrb_o = strb;
    assign data_o.data     = mem_axi_rdata_i;
    assign lane_space      = 1'b1;
  end else begin : gen_wide
    localparam int unsigned Lanes     = DataWidth / 64;
    localparam int unsigned LaneWidth = $clog2(Lanes);
    localparam int unsigned Rows      = 2 ** RowWidth;
    typedef logic [LaneWidth-1:0] lane_t;

    lane_t write_lane;
    assign write_lane = lane_t'(write_i.addr[3 +: LaneWidth] + lane_t'(beat_q));

    for (genvar i = 0; i < Lanes; i++) begin : gen_lane
      assign mem_axi_wdata_o[64*i +: 64] = word;
      assign mem_axi_wstrb_o[8*i +: 8]   = (write_lane == lane_t'(i)) ? strb : '0;
    end

    // The lane of the next beat of a walk, and of the oldest other read.
    lane_t [Rows-1:0] walk_lane_q;
    lane_t            mrif_lane_q, other_start, other_beat_q, lane;
    logic             other_ready, other_read, other_data, mrif_read, mrif_data, sent, received;
    logic             other_waiting_unused;

    assign sent       = read_valid_i && read_ready_o;
    assign received   = mem_axi_rvalid_i && mem_axi_rready_o;
    assign other_read = read_i.id[RowWidth];
    assign other_data = mem_axi_rid_i[RowWidth];
    assign mrif_read  = read_i.id == MemIdMrif;
    assign mrif_data  = mem_axi_rid_i == MemIdMrif;
    assign lane_space = !other_read || other_ready;
    assign lane       = other_data ? lane_t'(other_start + other_beat_q)
                      : mrif_data  ? mrif_lane_q
                                   : walk_lane_q[mem_axi_rid_i[RowWidth-1:0]];
    assign data_o.data = mem_axi_rdata_i[64 * lane +: 64];

    stream_fifo #(.T(lane_t), .Depth(16)) u_other (
      .clk_i, .rst_ni,
      .valid_i (read_valid_i && other_read && mem_axi_arready_i),
      .ready_o (other_ready),
      .data_i  (read_i.addr[3 +: LaneWidth]),
      .valid_o (other_waiting_unused),
      .ready_i (received && other_data && mem_axi_rlast_i),
      .data_o  (other_start)
    );

    always_ff @(posedge clk_i) begin
      if (received && !other_data && !mrif_data) begin
        walk_lane_q[mem_axi_rid_i[RowWidth-1:0]] <= lane_t'(lane + 1'b1);
      end
      if (sent && !other_read && !mrif_read) begin
        walk_lane_q[read_i.id[RowWidth-1:0]] <= read_i.addr[3 +: LaneWidth];
      end
      if (sent && mrif_read) mrif_lane_q <= read_i.addr[3 +: LaneWidth];
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) other_beat_q <= '0;
      else if (received && other_data) begin
        other_beat_q <= mem_axi_rlast_i ? '0 : lane_t'(other_beat_q + 1'b1);
      end
    end
  end

endmodule
