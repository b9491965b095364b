// SPDX-License-Identifier: Apache-2.0
//
// `msi_cfg_tbl`: addresses and data in LUT RAM, mask bits in flip-flops. The
// specification has no reset values; every vector comes up masked, so that
// nothing leaves before software has filled its entry. Entries from Vectors on
// read zero.
//
// One read port, combinational, for register reads and the sender: the sender
// has it in clocks without `access_i`.

module iommu_msi_table

  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter int unsigned Vectors = 16
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               access_i,
  input  logic [1:0]         write_i,       // halves
  input  logic [7:3]         addr_i,        // offset in the table
  input  logic [63:0]        wdata_i,
  output logic [63:0]        rdata_o,

  input  vector_t            vector_i,
  output store_t             store_o,
  output logic [Vectors-1:0] masked_o
);

  localparam int unsigned IndexWidth = (Vectors > 1) ? $clog2(Vectors) : 1;

  typedef logic [IndexWidth-1:0] index_t;

  logic               present;
  index_t             write_index, read_index;
  logic [29:0]        addr_low;
  logic [23:0]        addr_high;
  logic [31:0]        data;
  logic               write_low, write_high, write_data;
  logic [Vectors-1:0] masked_q;

  assign present     = 32'(addr_i[7:4]) < Vectors;
  assign write_index = addr_i[4+:IndexWidth];
  assign read_index  = access_i ? write_index : vector_i[IndexWidth-1:0];

  assign write_low   = write_i[0] && present && !addr_i[3];
  assign write_high  = write_i[1] && present && !addr_i[3];
  assign write_data  = write_i[0] && present && addr_i[3];

  lut_ram #(.T(logic [29:0]), .Depth(Vectors)) u_addr_low (
    .clk_i,
    .write_i       (write_low),
    .write_index_i (write_index),
    .write_data_i  (wdata_i[31:2]),
    .read_index_i  (read_index),
    .read_data_o   (addr_low)
  );

  lut_ram #(.T(logic [23:0]), .Depth(Vectors)) u_addr_high (
    .clk_i,
    .write_i       (write_high),
    .write_index_i (write_index),
    .write_data_i  (wdata_i[55:32]),
    .read_index_i  (read_index),
    .read_data_o   (addr_high)
  );

  lut_ram #(.T(logic [31:0]), .Depth(Vectors)) u_data (
    .clk_i,
    .write_i       (write_data),
    .write_index_i (write_index),
    .write_data_i  (wdata_i[31:0]),
    .read_index_i  (read_index),
    .read_data_o   (data)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) masked_q <= '1;
    else if (write_i[1] && present && addr_i[3]) begin
      masked_q[write_index] <= wdata_i[32 + MSI_CFG_TBL_VEC_CTL_M_BIT];
    end
  end

  always_comb begin
    rdata_o = '0;
    if (present) begin
      if (addr_i[3]) rdata_o = {31'b0, masked_q[write_index], data};
      else           rdata_o = {8'b0, addr_high, addr_low, 2'b00};
    end
  end

  assign store_o.addr = {addr_high, addr_low};
  assign store_o.data = data;
  assign masked_o     = masked_q;

  logic unused;
  assign unused = ^{wdata_i[63:56], wdata_i[1:0], vector_i};

endmodule
