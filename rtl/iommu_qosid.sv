// SPDX-License-Identifier: Apache-2.0
//
// `iommu_qosid`: section "IOMMU QoS ID". The register's bus is that of
// iommu_registers. After reset both ids are zero.

module iommu_qosid
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [11:3] addr_i,
  input  logic [1:0]  write_i,        // halves written
  input  logic [63:0] wdata_i,
  output logic [63:0] rdata_o,

  output qos_t        qos_o
);

  qos_t qos_q;
  logic here;

  assign here = addr_i == 9'(REG_IOMMU_QOSID >> 3);

  always_comb begin
    rdata_o = '0;
    if (here) begin
      rdata_o[IOMMU_QOSID_RCID_LSB+:IOMMU_QOSID_RCID_WIDTH] = qos_q.rcid;
      rdata_o[IOMMU_QOSID_MCID_LSB+:IOMMU_QOSID_MCID_WIDTH] = qos_q.mcid;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      qos_q <= '0;
    end else if (here && write_i[0]) begin
      qos_q.rcid <= wdata_i[IOMMU_QOSID_RCID_LSB+:IOMMU_QOSID_RCID_WIDTH];
      qos_q.mcid <= wdata_i[IOMMU_QOSID_MCID_LSB+:IOMMU_QOSID_MCID_WIDTH];
    end
  end

  assign qos_o = qos_q;

  logic unused;
  assign unused = ^{write_i[1], wdata_i};

endmodule
