// SPDX-License-Identifier: Apache-2.0
//
// Control's way to memory for writes: the fence's store, fault records,
// interrupt messages and page-request records take turns. A write is offered a
// clock after it comes, and stays until it is taken; then there is one clock
// without. Words beyond its `last` mean nothing. Acknowledgements go back by ID.

module iommu_queue_write
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_registers_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               big_endian_i,   // fctl.BE
  input  qos_t               qos_i,

  input  logic               fence_valid_i,
  output logic               fence_ready_o,
  input  store_t             fence_i,
  output logic               fence_done_o,

  input  logic               record_valid_i,
  output logic               record_ready_o,
  input  logic [PaWidth-1:5] record_addr_i,
  input  logic [255:0]       record_i,
  output logic               record_done_o,

  input  logic               msi_valid_i,
  output logic               msi_ready_o,
  input  store_t             msi_i,
  output logic               msi_done_o,

  input  logic               page_valid_i,
  output logic               page_ready_o,
  input  logic [PaWidth-1:4] page_addr_i,
  input  logic [127:0]       page_i,
  output logic               page_done_o,

  output logic               write_valid_o,
  input  logic               write_ready_i,
  output mem_write_t         write_o,
  input  logic               done_valid_i,
  input  logic [MemIdWidth-1:0] done_id_i
);

  logic [3:0] request, grant, grant_q;
  logic [1:0] unused_index;
  logic       offer_q;                 // what grant_q names
  store_t     store;
  logic [31:0]  data;
  logic [255:0] record;

  assign request = {page_valid_i, msi_valid_i, record_valid_i, fence_valid_i};

  round_robin_arbiter #(.N(4)) u_arbiter (
    .clk_i, .rst_ni,
    .request_i (request),
    .advance_i (!offer_q),
    .grant_o   (grant),
    .index_o   (unused_index)
  );

  assign write_valid_o = offer_q;
  assign {page_ready_o, msi_ready_o, record_ready_o, fence_ready_o} =
    grant_q & {4{offer_q && write_ready_i}};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) offer_q <= 1'b0;
    else         offer_q <= offer_q ? !write_ready_i : request != '0;
  end

  always_ff @(posedge clk_i) if (!offer_q) grant_q <= grant;

  // The byte order is that of each doubleword of a record, and of four bytes.
  always_comb begin
    for (int unsigned i = 0; i < 4; i++) begin
      record[64*i+:64] = in_order(record_i[64*i+:64], big_endian_i);
    end
  end

  assign store = grant_q[2] ? msi_i : fence_i;
  assign data  = big_endian_i ? {store.data[7:0], store.data[15:8],
                                 store.data[23:16], store.data[31:24]} : store.data;

  // Only records are longer than four bytes.
  always_comb begin
    write_o      = '0;
    write_o.data = record;
    write_o.qos  = qos_i;
    if (grant_q[1]) begin
      write_o.id   = MemIdFaultQueue;
      write_o.addr = {record_addr_i, 5'b0};
      write_o.last = 2'd3;
      write_o.strb = '1;
    end else if (grant_q[3]) begin
      write_o.id          = MemIdPageQueue;
      write_o.addr        = {page_addr_i, 4'b0};
      write_o.last        = 2'd1;
      write_o.strb        = '1;
      write_o.data[127:0] = {in_order(page_i[127:64], big_endian_i),
                             in_order(page_i[63:0], big_endian_i)};
    end else begin
      write_o.id         = grant_q[2] ? MemIdMsi : MemIdFence;
      write_o.addr       = {store.addr[PaWidth-1:3], 3'b0};
      write_o.strb       = store.addr[2] ? 8'hf0 : 8'h0f;
      write_o.data[63:0] = {data, data};
    end
  end

  assign fence_done_o  = done_valid_i && done_id_i == MemIdFence;
  assign record_done_o = done_valid_i && done_id_i == MemIdFaultQueue;
  assign page_done_o   = done_valid_i && done_id_i == MemIdPageQueue;
  assign msi_done_o    = done_valid_i && done_id_i == MemIdMsi;

endmodule
