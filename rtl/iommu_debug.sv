// SPDX-License-Identifier: Apache-2.0
//
// Translations that software asks for: sections "Translation-request IOVA",
// "Translation-request control" and "Translation-response". Owns these three
// registers; the bus is that of iommu_registers.
//
// Setting Go makes one untranslated request, which is offered until it is taken;
// its answer is the response. Writes while Busy change nothing. Without NW both
// read and write are asked for, and a page that may be written may be read.

module iommu_debug
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [11:3] addr_i,
  input  logic [1:0]  write_i,        // halves written
  input  logic [63:0] wdata_i,
  output logic [63:0] rdata_o,

  output logic        request_valid_o,
  input  logic        request_ready_i,
  output request_t    request_o,
  input  logic        answer_valid_i,
  input  answer_t     answer_i
);

  logic        offered_q, busy_q;
  logic [51:0] vpn_q;
  logic        priv_q, exe_q, nw_q, pv_q;
  logic [ProcessIdWidth-1:0] pid_q;
  logic [DeviceIdWidth-1:0]  did_q;
  logic        fault_q, range_q;
  logic [1:0]  pbmt_q;
  logic [PpnWidth-1:0] ppn_q, mask;
  logic        at_iova, at_control, go;

  assign at_iova    = addr_i == 9'(REG_TR_REQ_IOVA >> 3);
  assign at_control = addr_i == 9'(REG_TR_REQ_CTL >> 3);
  assign go         = at_control && write_i[0] && wdata_i[TR_REQ_CTL_GO_BUSY_BIT] && !busy_q;

  always_comb begin
    rdata_o = '0;
    unique case ({addr_i, 3'b000})
      12'(REG_TR_REQ_IOVA): rdata_o[TR_REQ_IOVA_VPN_LSB+:TR_REQ_IOVA_VPN_WIDTH] = vpn_q;
      12'(REG_TR_REQ_CTL): begin
        rdata_o[TR_REQ_CTL_GO_BUSY_BIT]               = busy_q;
        rdata_o[TR_REQ_CTL_PRIV_BIT]                  = priv_q;
        rdata_o[TR_REQ_CTL_EXE_BIT]                   = exe_q;
        rdata_o[TR_REQ_CTL_NW_BIT]                    = nw_q;
        rdata_o[TR_REQ_CTL_PID_LSB+:ProcessIdWidth]   = pid_q;
        rdata_o[TR_REQ_CTL_PV_BIT]                    = pv_q;
        rdata_o[TR_REQ_CTL_DID_LSB+:DeviceIdWidth]    = did_q;
      end
      12'(REG_TR_RESPONSE): begin
        rdata_o[TR_RESPONSE_FAULT_BIT]                           = fault_q;
        rdata_o[TR_RESPONSE_PBMT_LSB+:TR_RESPONSE_PBMT_WIDTH]    = pbmt_q;
        rdata_o[TR_RESPONSE_S_BIT]                               = range_q;
        rdata_o[TR_RESPONSE_PPN_LSB+:TR_RESPONSE_PPN_WIDTH]      = ppn_q;
      end
      default: rdata_o = '0;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      offered_q <= 1'b0;
    end else begin
      if (go)                  busy_q <= 1'b1;
      else if (answer_valid_i) busy_q <= 1'b0;
      if (go)                   offered_q <= 1'b1;
      else if (request_ready_i) offered_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      if (at_iova && write_i[0]) vpn_q[19:0]  <= wdata_i[31:12];
      if (at_iova && write_i[1]) vpn_q[51:20] <= wdata_i[63:32];
      if (at_control && write_i[0]) begin
        priv_q <= wdata_i[TR_REQ_CTL_PRIV_BIT];
        exe_q  <= wdata_i[TR_REQ_CTL_EXE_BIT];
        nw_q   <= wdata_i[TR_REQ_CTL_NW_BIT];
        pid_q  <= wdata_i[TR_REQ_CTL_PID_LSB+:ProcessIdWidth];
      end
      if (at_control && write_i[1]) begin
        pv_q  <= wdata_i[TR_REQ_CTL_PV_BIT];
        did_q <= wdata_i[TR_REQ_CTL_DID_LSB+:DeviceIdWidth];
      end
    end
    // A range is told by the lowest 0 of PPN, the bits below it being 1.
    if (answer_valid_i) begin
      fault_q <= answer_i.fault;
      range_q <= !answer_i.fault && answer_i.grant.size != Page4K;
      pbmt_q  <= answer_i.fault ? '0 : answer_i.pbmt;
      ppn_q   <= answer_i.fault ? '0 : (answer_i.pa[PaWidth-1:12] & mask) | (~mask >> 1);
    end
  end

  assign mask            = page_mask(answer_i.grant.size);
  assign request_valid_o = offered_q;

  always_comb begin
    request_o            = '0;
    request_o.ttype      = TypeUntranslated;
    request_o.access     = exe_q ? AccessExecute : nw_q ? AccessRead : AccessWrite;
    request_o.priv       = pv_q && priv_q;
    request_o.pv         = pv_q;
    request_o.process_id = pv_q ? pid_q : '0;
    request_o.device_id  = did_q;
    request_o.debug      = 1'b1;
    request_o.iova       = {vpn_q, 12'b0};
  end

  logic unused;
  assign unused = ^{answer_i, wdata_i};

endmodule
