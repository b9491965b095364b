// SPDX-License-Identifier: Apache-2.0
//
// What is placed and routed on an LFE5U-85F: `iommu_axi` between registers.
// It has far more pins than the package, so every input comes from a shift
// register and every output goes into a register of its own, of which a parity
// leaves the chip. Every path that the IOMMU has to its neighbours thus counts
// in the clock, and nothing can be optimized away.

module lfe5u_85f
  import iommu_build_pkg::*;
#(
  parameter int unsigned Build = BuildSmall,
  localparam cfg_t       Cfg   = build_cfg(Build)
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic pin_i,
  output logic pin_o
);

  localparam int unsigned IdWidth       = 4;
  localparam int unsigned RegisterWidth = 64;

  logic [IdWidth-1:0] s_axi_awid_i;
  logic [63:0] s_axi_awaddr_i;
  logic [7:0] s_axi_awlen_i;
  logic [2:0] s_axi_awsize_i;
  logic [1:0] s_axi_awburst_i;
  logic s_axi_awlock_i;
  logic [3:0] s_axi_awcache_i;
  logic [2:0] s_axi_awprot_i;
  logic [3:0] s_axi_awqos_i;
  logic [46:0] s_axi_awuser_i;
  logic s_axi_awvalid_i;
  logic [Cfg.DataWidth-1:0] s_axi_wdata_i;
  logic [Cfg.DataWidth/8-1:0] s_axi_wstrb_i;
  logic s_axi_wlast_i;
  logic s_axi_wvalid_i;
  logic s_axi_bready_i;
  logic [IdWidth-1:0] s_axi_arid_i;
  logic [63:0] s_axi_araddr_i;
  logic [7:0] s_axi_arlen_i;
  logic [2:0] s_axi_arsize_i;
  logic [1:0] s_axi_arburst_i;
  logic s_axi_arlock_i;
  logic [3:0] s_axi_arcache_i;
  logic [2:0] s_axi_arprot_i;
  logic [3:0] s_axi_arqos_i;
  logic [46:0] s_axi_aruser_i;
  logic s_axi_arvalid_i;
  logic s_axi_rready_i;
  logic m_axi_awready_i;
  logic m_axi_wready_i;
  logic [IdWidth-1:0] m_axi_bid_i;
  logic [1:0] m_axi_bresp_i;
  logic m_axi_bvalid_i;
  logic m_axi_arready_i;
  logic [IdWidth-1:0] m_axi_rid_i;
  logic [Cfg.DataWidth-1:0] m_axi_rdata_i;
  logic [1:0] m_axi_rresp_i;
  logic m_axi_rlast_i;
  logic m_axi_rvalid_i;
  logic mem_axi_awready_i;
  logic mem_axi_wready_i;
  logic [MemIdWidth-1:0] mem_axi_bid_i;
  logic [1:0] mem_axi_bresp_i;
  logic mem_axi_bvalid_i;
  logic mem_axi_arready_i;
  logic [MemIdWidth-1:0] mem_axi_rid_i;
  logic [Cfg.DataWidth-1:0] mem_axi_rdata_i;
  logic [1:0] mem_axi_rresp_i;
  logic mem_axi_rlast_i;
  logic mem_axi_ruser_i;
  logic mem_axi_rvalid_i;
  logic [11:0] s_axil_awaddr_i;
  logic [2:0] s_axil_awprot_i;
  logic s_axil_awvalid_i;
  logic [RegisterWidth-1:0] s_axil_wdata_i;
  logic [RegisterWidth/8-1:0] s_axil_wstrb_i;
  logic s_axil_wvalid_i;
  logic s_axil_bready_i;
  logic [11:0] s_axil_araddr_i;
  logic [2:0] s_axil_arprot_i;
  logic s_axil_arvalid_i;
  logic s_axil_rready_i;
  logic s_axi_awready_o;
  logic s_axi_wready_o;
  logic [IdWidth-1:0] s_axi_bid_o;
  logic [1:0] s_axi_bresp_o;
  logic s_axi_bvalid_o;
  logic s_axi_arready_o;
  logic [IdWidth-1:0] s_axi_rid_o;
  logic [Cfg.DataWidth-1:0] s_axi_rdata_o;
  logic [1:0] s_axi_rresp_o;
  logic s_axi_rlast_o;
  logic s_axi_rvalid_o;
  logic [IdWidth-1:0] m_axi_awid_o;
  logic [PaWidth-1:0] m_axi_awaddr_o;
  logic [7:0] m_axi_awlen_o;
  logic [2:0] m_axi_awsize_o;
  logic [1:0] m_axi_awburst_o;
  logic m_axi_awlock_o;
  logic [3:0] m_axi_awcache_o;
  logic [2:0] m_axi_awprot_o;
  logic [3:0] m_axi_awqos_o;
  logic [47:0] m_axi_awuser_o;
  logic m_axi_awvalid_o;
  logic [Cfg.DataWidth-1:0] m_axi_wdata_o;
  logic [Cfg.DataWidth/8-1:0] m_axi_wstrb_o;
  logic m_axi_wlast_o;
  logic m_axi_wvalid_o;
  logic m_axi_bready_o;
  logic [IdWidth-1:0] m_axi_arid_o;
  logic [PaWidth-1:0] m_axi_araddr_o;
  logic [7:0] m_axi_arlen_o;
  logic [2:0] m_axi_arsize_o;
  logic [1:0] m_axi_arburst_o;
  logic m_axi_arlock_o;
  logic [3:0] m_axi_arcache_o;
  logic [2:0] m_axi_arprot_o;
  logic [3:0] m_axi_arqos_o;
  logic [47:0] m_axi_aruser_o;
  logic m_axi_arvalid_o;
  logic m_axi_rready_o;
  logic [MemIdWidth-1:0] mem_axi_awid_o;
  logic [PaWidth-1:0] mem_axi_awaddr_o;
  logic [7:0] mem_axi_awlen_o;
  logic [2:0] mem_axi_awsize_o;
  logic [1:0] mem_axi_awburst_o;
  logic mem_axi_awlock_o;
  logic [3:0] mem_axi_awcache_o;
  logic [2:0] mem_axi_awprot_o;
  logic [3:0] mem_axi_awqos_o;
  logic mem_axi_awvalid_o;
  logic [Cfg.DataWidth-1:0] mem_axi_wdata_o;
  logic [Cfg.DataWidth/8-1:0] mem_axi_wstrb_o;
  logic mem_axi_wlast_o;
  logic mem_axi_wvalid_o;
  logic mem_axi_bready_o;
  logic [MemIdWidth-1:0] mem_axi_arid_o;
  logic [PaWidth-1:0] mem_axi_araddr_o;
  logic [7:0] mem_axi_arlen_o;
  logic [2:0] mem_axi_arsize_o;
  logic [1:0] mem_axi_arburst_o;
  logic mem_axi_arlock_o;
  logic [3:0] mem_axi_arcache_o;
  logic [2:0] mem_axi_arprot_o;
  logic [3:0] mem_axi_arqos_o;
  logic mem_axi_arvalid_o;
  logic mem_axi_rready_o;
  logic s_axil_awready_o;
  logic s_axil_wready_o;
  logic [1:0] s_axil_bresp_o;
  logic s_axil_bvalid_o;
  logic s_axil_arready_o;
  logic [RegisterWidth-1:0] s_axil_rdata_o;
  logic [1:0] s_axil_rresp_o;
  logic s_axil_rvalid_o;
  logic [15:0] irq_o;

  localparam int unsigned Inputs = $bits({
    s_axi_awid_i, s_axi_awaddr_i, s_axi_awlen_i, s_axi_awsize_i, s_axi_awburst_i,
    s_axi_awlock_i, s_axi_awcache_i, s_axi_awprot_i, s_axi_awqos_i, s_axi_awuser_i,
    s_axi_awvalid_i, s_axi_wdata_i, s_axi_wstrb_i, s_axi_wlast_i, s_axi_wvalid_i,
    s_axi_bready_i, s_axi_arid_i, s_axi_araddr_i, s_axi_arlen_i, s_axi_arsize_i,
    s_axi_arburst_i, s_axi_arlock_i, s_axi_arcache_i, s_axi_arprot_i, s_axi_arqos_i,
    s_axi_aruser_i, s_axi_arvalid_i, s_axi_rready_i, m_axi_awready_i, m_axi_wready_i,
    m_axi_bid_i, m_axi_bresp_i, m_axi_bvalid_i, m_axi_arready_i, m_axi_rid_i, m_axi_rdata_i,
    m_axi_rresp_i, m_axi_rlast_i, m_axi_rvalid_i, mem_axi_awready_i, mem_axi_wready_i,
    mem_axi_bid_i, mem_axi_bresp_i, mem_axi_bvalid_i, mem_axi_arready_i, mem_axi_rid_i,
    mem_axi_rdata_i, mem_axi_rresp_i, mem_axi_rlast_i, mem_axi_ruser_i, mem_axi_rvalid_i,
    s_axil_awaddr_i, s_axil_awprot_i, s_axil_awvalid_i, s_axil_wdata_i, s_axil_wstrb_i,
    s_axil_wvalid_i, s_axil_bready_i, s_axil_araddr_i, s_axil_arprot_i, s_axil_arvalid_i,
    s_axil_rready_i
  });
  localparam int unsigned Outputs = $bits({
    s_axi_awready_o, s_axi_wready_o, s_axi_bid_o, s_axi_bresp_o, s_axi_bvalid_o,
    s_axi_arready_o, s_axi_rid_o, s_axi_rdata_o, s_axi_rresp_o, s_axi_rlast_o, s_axi_rvalid_o,
    m_axi_awid_o, m_axi_awaddr_o, m_axi_awlen_o, m_axi_awsize_o, m_axi_awburst_o,
    m_axi_awlock_o, m_axi_awcache_o, m_axi_awprot_o, m_axi_awqos_o, m_axi_awuser_o,
    m_axi_awvalid_o, m_axi_wdata_o, m_axi_wstrb_o, m_axi_wlast_o, m_axi_wvalid_o,
    m_axi_bready_o, m_axi_arid_o, m_axi_araddr_o, m_axi_arlen_o, m_axi_arsize_o,
    m_axi_arburst_o, m_axi_arlock_o, m_axi_arcache_o, m_axi_arprot_o, m_axi_arqos_o,
    m_axi_aruser_o, m_axi_arvalid_o, m_axi_rready_o, mem_axi_awid_o, mem_axi_awaddr_o,
    mem_axi_awlen_o, mem_axi_awsize_o, mem_axi_awburst_o, mem_axi_awlock_o, mem_axi_awcache_o,
    mem_axi_awprot_o, mem_axi_awqos_o, mem_axi_awvalid_o, mem_axi_wdata_o, mem_axi_wstrb_o,
    mem_axi_wlast_o, mem_axi_wvalid_o, mem_axi_bready_o, mem_axi_arid_o, mem_axi_araddr_o,
    mem_axi_arlen_o, mem_axi_arsize_o, mem_axi_arburst_o, mem_axi_arlock_o, mem_axi_arcache_o,
    mem_axi_arprot_o, mem_axi_arqos_o, mem_axi_arvalid_o, mem_axi_rready_o, s_axil_awready_o,
    s_axil_wready_o, s_axil_bresp_o, s_axil_bvalid_o, s_axil_arready_o, s_axil_rdata_o,
    s_axil_rresp_o, s_axil_rvalid_o, irq_o
  });
  localparam int unsigned Groups = (Outputs + 15) / 16;

  logic [Inputs-1:0]    inputs_q;
  logic [Groups*16-1:0] outputs_q;
  logic [Groups-1:0]    parity_q, gathered_q;

  always_ff @(posedge clk_i) begin
    inputs_q   <= {inputs_q[Inputs-2:0], pin_i};
    outputs_q  <= {{(Groups*16-Outputs){1'b0}},
    s_axi_awready_o, s_axi_wready_o, s_axi_bid_o, s_axi_bresp_o, s_axi_bvalid_o,
    s_axi_arready_o, s_axi_rid_o, s_axi_rdata_o, s_axi_rresp_o, s_axi_rlast_o, s_axi_rvalid_o,
    m_axi_awid_o, m_axi_awaddr_o, m_axi_awlen_o, m_axi_awsize_o, m_axi_awburst_o,
    m_axi_awlock_o, m_axi_awcache_o, m_axi_awprot_o, m_axi_awqos_o, m_axi_awuser_o,
    m_axi_awvalid_o, m_axi_wdata_o, m_axi_wstrb_o, m_axi_wlast_o, m_axi_wvalid_o,
    m_axi_bready_o, m_axi_arid_o, m_axi_araddr_o, m_axi_arlen_o, m_axi_arsize_o,
    m_axi_arburst_o, m_axi_arlock_o, m_axi_arcache_o, m_axi_arprot_o, m_axi_arqos_o,
    m_axi_aruser_o, m_axi_arvalid_o, m_axi_rready_o, mem_axi_awid_o, mem_axi_awaddr_o,
    mem_axi_awlen_o, mem_axi_awsize_o, mem_axi_awburst_o, mem_axi_awlock_o, mem_axi_awcache_o,
    mem_axi_awprot_o, mem_axi_awqos_o, mem_axi_awvalid_o, mem_axi_wdata_o, mem_axi_wstrb_o,
    mem_axi_wlast_o, mem_axi_wvalid_o, mem_axi_bready_o, mem_axi_arid_o, mem_axi_araddr_o,
    mem_axi_arlen_o, mem_axi_arsize_o, mem_axi_arburst_o, mem_axi_arlock_o, mem_axi_arcache_o,
    mem_axi_arprot_o, mem_axi_arqos_o, mem_axi_arvalid_o, mem_axi_rready_o, s_axil_awready_o,
    s_axil_wready_o, s_axil_bresp_o, s_axil_bvalid_o, s_axil_arready_o, s_axil_rdata_o,
    s_axil_rresp_o, s_axil_rvalid_o, irq_o
    };
    // A chain, so that the parity is never the longest path.
    for (int unsigned i = 0; i < Groups; i++) parity_q[i] <= ^outputs_q[i*16+:16];
    gathered_q <= {gathered_q[Groups-2:0], 1'b0} ^ parity_q;
    pin_o      <= gathered_q[Groups-1];
  end

  assign {
    s_axi_awid_i, s_axi_awaddr_i, s_axi_awlen_i, s_axi_awsize_i, s_axi_awburst_i,
    s_axi_awlock_i, s_axi_awcache_i, s_axi_awprot_i, s_axi_awqos_i, s_axi_awuser_i,
    s_axi_awvalid_i, s_axi_wdata_i, s_axi_wstrb_i, s_axi_wlast_i, s_axi_wvalid_i,
    s_axi_bready_i, s_axi_arid_i, s_axi_araddr_i, s_axi_arlen_i, s_axi_arsize_i,
    s_axi_arburst_i, s_axi_arlock_i, s_axi_arcache_i, s_axi_arprot_i, s_axi_arqos_i,
    s_axi_aruser_i, s_axi_arvalid_i, s_axi_rready_i, m_axi_awready_i, m_axi_wready_i,
    m_axi_bid_i, m_axi_bresp_i, m_axi_bvalid_i, m_axi_arready_i, m_axi_rid_i, m_axi_rdata_i,
    m_axi_rresp_i, m_axi_rlast_i, m_axi_rvalid_i, mem_axi_awready_i, mem_axi_wready_i,
    mem_axi_bid_i, mem_axi_bresp_i, mem_axi_bvalid_i, mem_axi_arready_i, mem_axi_rid_i,
    mem_axi_rdata_i, mem_axi_rresp_i, mem_axi_rlast_i, mem_axi_ruser_i, mem_axi_rvalid_i,
    s_axil_awaddr_i, s_axil_awprot_i, s_axil_awvalid_i, s_axil_wdata_i, s_axil_wstrb_i,
    s_axil_wvalid_i, s_axil_bready_i, s_axil_araddr_i, s_axil_arprot_i, s_axil_arvalid_i,
    s_axil_rready_i
  } = inputs_q;

  iommu_axi #(.Build(Build), .IdWidth(IdWidth), .RegisterWidth(RegisterWidth)) u_iommu (
    .clk_i, .rst_ni,
    .s_axi_awid_i,
    .s_axi_awaddr_i,
    .s_axi_awlen_i,
    .s_axi_awsize_i,
    .s_axi_awburst_i,
    .s_axi_awlock_i,
    .s_axi_awcache_i,
    .s_axi_awprot_i,
    .s_axi_awqos_i,
    .s_axi_awuser_i,
    .s_axi_awvalid_i,
    .s_axi_wdata_i,
    .s_axi_wstrb_i,
    .s_axi_wlast_i,
    .s_axi_wvalid_i,
    .s_axi_bready_i,
    .s_axi_arid_i,
    .s_axi_araddr_i,
    .s_axi_arlen_i,
    .s_axi_arsize_i,
    .s_axi_arburst_i,
    .s_axi_arlock_i,
    .s_axi_arcache_i,
    .s_axi_arprot_i,
    .s_axi_arqos_i,
    .s_axi_aruser_i,
    .s_axi_arvalid_i,
    .s_axi_rready_i,
    .m_axi_awready_i,
    .m_axi_wready_i,
    .m_axi_bid_i,
    .m_axi_bresp_i,
    .m_axi_bvalid_i,
    .m_axi_arready_i,
    .m_axi_rid_i,
    .m_axi_rdata_i,
    .m_axi_rresp_i,
    .m_axi_rlast_i,
    .m_axi_rvalid_i,
    .mem_axi_awready_i,
    .mem_axi_wready_i,
    .mem_axi_bid_i,
    .mem_axi_bresp_i,
    .mem_axi_bvalid_i,
    .mem_axi_arready_i,
    .mem_axi_rid_i,
    .mem_axi_rdata_i,
    .mem_axi_rresp_i,
    .mem_axi_rlast_i,
    .mem_axi_ruser_i,
    .mem_axi_rvalid_i,
    .s_axil_awaddr_i,
    .s_axil_awprot_i,
    .s_axil_awvalid_i,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_wvalid_i,
    .s_axil_bready_i,
    .s_axil_araddr_i,
    .s_axil_arprot_i,
    .s_axil_arvalid_i,
    .s_axil_rready_i,
    .s_axi_awready_o,
    .s_axi_wready_o,
    .s_axi_bid_o,
    .s_axi_bresp_o,
    .s_axi_bvalid_o,
    .s_axi_arready_o,
    .s_axi_rid_o,
    .s_axi_rdata_o,
    .s_axi_rresp_o,
    .s_axi_rlast_o,
    .s_axi_rvalid_o,
    .m_axi_awid_o,
    .m_axi_awaddr_o,
    .m_axi_awlen_o,
    .m_axi_awsize_o,
    .m_axi_awburst_o,
    .m_axi_awlock_o,
    .m_axi_awcache_o,
    .m_axi_awprot_o,
    .m_axi_awqos_o,
    .m_axi_awuser_o,
    .m_axi_awvalid_o,
    .m_axi_wdata_o,
    .m_axi_wstrb_o,
    .m_axi_wlast_o,
    .m_axi_wvalid_o,
    .m_axi_bready_o,
    .m_axi_arid_o,
    .m_axi_araddr_o,
    .m_axi_arlen_o,
    .m_axi_arsize_o,
    .m_axi_arburst_o,
    .m_axi_arlock_o,
    .m_axi_arcache_o,
    .m_axi_arprot_o,
    .m_axi_arqos_o,
    .m_axi_aruser_o,
    .m_axi_arvalid_o,
    .m_axi_rready_o,
    .mem_axi_awid_o,
    .mem_axi_awaddr_o,
    .mem_axi_awlen_o,
    .mem_axi_awsize_o,
    .mem_axi_awburst_o,
    .mem_axi_awlock_o,
    .mem_axi_awcache_o,
    .mem_axi_awprot_o,
    .mem_axi_awqos_o,
    .mem_axi_awvalid_o,
    .mem_axi_wdata_o,
    .mem_axi_wstrb_o,
    .mem_axi_wlast_o,
    .mem_axi_wvalid_o,
    .mem_axi_bready_o,
    .mem_axi_arid_o,
    .mem_axi_araddr_o,
    .mem_axi_arlen_o,
    .mem_axi_arsize_o,
    .mem_axi_arburst_o,
    .mem_axi_arlock_o,
    .mem_axi_arcache_o,
    .mem_axi_arprot_o,
    .mem_axi_arqos_o,
    .mem_axi_arvalid_o,
    .mem_axi_rready_o,
    .s_axil_awready_o,
    .s_axil_wready_o,
    .s_axil_bresp_o,
    .s_axil_bvalid_o,
    .s_axil_arready_o,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .s_axil_rvalid_o,
    .irq_o,
    .trace_accept_o (),
    .trace_accept_tag_o (),
    .trace_lookup_o (),
    .trace_lookup_tag_o (),
    .trace_lookup_device_o (),
    .trace_lookup_hit_o (),
    .trace_start_o (),
    .trace_start_row_o (),
    .trace_start_tag_o (),
    .trace_merge_o (),
    .trace_merge_row_o (),
    .trace_merge_tag_o (),
    .trace_finish_o (),
    .trace_finish_row_o (),
    .trace_finish_fault_o (),
    .trace_answer_o (),
    .trace_answer_tag_o (),
    .trace_answer_fault_o (),
    .trace_inval_o ()
  );

endmodule
