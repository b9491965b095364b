// SPDX-License-Identifier: Apache-2.0
//
// Sends interrupt messages: sections "Interrupt-cause-to-vector register" and
// "MSI configuration table". One message for each edge of `ipsr`, one at a
// time; a vector that is masked when its message is due keeps it, and sends one
// when it is unmasked. A failed write makes a fault record of cause 273.
// While `wsi_i` is set, nothing is sent and nothing kept.

module iommu_msi
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_registers_pkg::*;
#(
  parameter int unsigned Vectors = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        wsi_i,
  input  interrupt_t  edge_i,
  input  vector_t     civ_i,
  input  vector_t     fiv_i,
  input  vector_t     pmiv_i,
  input  vector_t     piv_i,

  input  logic        access_i,      // registers: see iommu_msi_table
  input  logic [1:0]  write_i,
  input  logic [7:3]  addr_i,
  input  logic [63:0] wdata_i,
  output logic [63:0] rdata_o,

  output logic        store_valid_o,
  input  logic        store_ready_i,
  output store_t      store_o,
  input  logic        store_done_i,
  input  logic        store_error_i,

  input  logic        colour_i,
  output logic        fault_valid_o,
  input  logic        fault_ready_i,
  output fault_t      fault_o
);

  localparam int unsigned IndexWidth = (Vectors > 1) ? $clog2(Vectors) : 1;

  typedef enum logic [1:0] {
    StIdle,
    StOffer,
    StAcknowledge,
    StFault
  } state_e;

  state_e             state_d, state_q;
  interrupt_t         due_d, due_q;          // edges not looked at yet
  vector_t            cip_vector_q, fip_vector_q, pmip_vector_q, pip_vector_q;
  logic [Vectors-1:0] held_d, held_q;        // messages of masked vectors
  logic [Vectors-1:0] masked, ready_vectors;
  store_t             entry, store_d, store_q;
  logic               colour_d, colour_q;
  vector_t            vector;
  logic [IndexWidth-1:0] index;

  iommu_msi_table #(.Vectors(Vectors)) u_table (
    .clk_i, .rst_ni,
    .access_i, .write_i, .addr_i, .wdata_i, .rdata_o,
    .vector_i (vector),
    .store_o  (entry),
    .masked_o (masked)
  );

  assign ready_vectors = held_q & ~masked;

  // Fresh edges first, then vectors that were unmasked.
  always_comb begin
    vector = '0;
    for (int unsigned v = Vectors; v > 0; v--) begin
      if (ready_vectors[v-1]) vector = vector_t'(v - 1);
    end
    if (due_q.pip)  vector = pip_vector_q;
    if (due_q.pmip) vector = pmip_vector_q;
    if (due_q.fip)  vector = fip_vector_q;
    if (due_q.cip)  vector = cip_vector_q;
    index = vector[IndexWidth-1:0];
  end

  always_comb begin
    state_d       = state_q;
    due_d         = due_q | edge_i;
    held_d        = held_q;
    store_d       = store_q;
    colour_d      = colour_q;
    store_valid_o = 1'b0;
    fault_valid_o = 1'b0;

    unique case (state_q)
      StIdle: begin
        if ((due_q != '0 || ready_vectors != '0) && !access_i) begin
          if (due_q.cip)       due_d.cip  = edge_i.cip;
          else if (due_q.fip)  due_d.fip  = edge_i.fip;
          else if (due_q.pmip) due_d.pmip = edge_i.pmip;
          else if (due_q.pip)  due_d.pip  = edge_i.pip;
          held_d[index] = masked[index];
          store_d       = entry;
          if (!masked[index]) state_d = StOffer;
        end
      end
      StOffer: begin
        store_valid_o = 1'b1;
        if (store_ready_i) state_d = StAcknowledge;
      end
      StAcknowledge: begin
        if (store_done_i) begin
          state_d  = store_error_i ? StFault : StIdle;
          colour_d = colour_i;
        end
      end
      StFault: begin
        fault_valid_o = 1'b1;
        if (fault_ready_i) state_d = StIdle;
      end
      default: state_d = StIdle;
    endcase

    if (wsi_i) begin
      due_d  = '0;
      held_d = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      due_q   <= '0;
      held_q  <= '0;
    end else begin
      state_q <= state_d;
      due_q   <= due_d;
      held_q  <= held_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (edge_i.cip)  cip_vector_q  <= civ_i;
    if (edge_i.fip)  fip_vector_q  <= fiv_i;
    if (edge_i.pmip) pmip_vector_q <= pmiv_i;
    if (edge_i.pip)  pip_vector_q  <= piv_i;
    store_q  <= store_d;
    colour_q <= colour_d;
  end

  assign store_o = store_q;

  always_comb begin
    fault_o        = '0;
    fault_o.cause  = 12'(CAUSE_MSI_WRITE_ACCESS_FAULT);
    fault_o.ttyp   = 6'(TTYP_NONE);
    fault_o.iotval = {8'b0, store_q.addr, 2'b00};
    fault_o.colour = colour_q;
  end

  logic unused;
  assign unused = ^vector;

endmodule
