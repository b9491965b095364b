// SPDX-License-Identifier: Apache-2.0
//
// `ipsr` and interrupt wires: section "Interrupt pending status register".
//
// A bit that software clears is 0 for at least one clock, so that a cause that
// persists makes a new edge (and a new message). A record that is produced in
// the clock of the clearing is not lost; one produced while `fie` is 0 is not
// remembered. `edge_o` says that a bit goes from 0 to 1 at the end of this
// clock.

module iommu_interrupt
  import iommu_registers_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            wsi_i,
  input  logic            cie_i,
  input  logic            fie_i,
  input  vector_t         civ_i,
  input  vector_t         fiv_i,
  input  interrupt_t      clear_i,
  input  command_status_t cq_status_i,
  input  fault_status_t   fq_status_i,
  input  logic            fq_produced_i,

  output interrupt_t      ip_o,
  output interrupt_t      edge_o,
  output logic [15:0]     irq_o
);

  interrupt_t ip_d, ip_q;
  logic       produced_d, produced_q;

  always_comb begin
    ip_d = ip_q;
    if (cie_i && cq_status_i != '0)                ip_d.cip = 1'b1;
    if ((fie_i && fq_status_i != '0) || produced_q) ip_d.fip = 1'b1;
    ip_d      &= ~(clear_i & ip_q);
    produced_d = (fq_produced_i && fie_i) || (produced_q && ip_q.fip && clear_i.fip);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ip_q       <= '0;
      produced_q <= 1'b0;
    end else begin
      ip_q       <= ip_d;
      produced_q <= produced_d;
    end
  end

  always_comb begin
    irq_o = '0;
    if (wsi_i) begin
      irq_o[civ_i] |= ip_q.cip;
      irq_o[fiv_i] |= ip_q.fip;
    end
  end

  assign ip_o   = ip_q;
  assign edge_o = ip_d & ~ip_q;

endmodule
