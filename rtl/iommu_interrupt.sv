// SPDX-License-Identifier: Apache-2.0
//
// `ipsr` and interrupt wires: section "Interrupt pending status register".
//
// A bit that software clears is 0 for at least one clock, so that a cause that
// persists makes a new edge (and a new message). What happens in the clock of the
// clearing (a record is produced, a counter overflows) is not lost; a record
// produced while `fie` or `pie` is 0 is not remembered. `edge_o` says that a bit
// goes from 0 to 1 at the end of this clock.

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
  input  vector_t         pmiv_i,
  input  vector_t         piv_i,
  input  interrupt_t      clear_i,
  input  command_status_t cq_status_i,
  input  fault_status_t   fq_status_i,
  input  logic            fq_produced_i,
  input  logic            overflow_i,       // a counter overflowed with OF = 0
  input  logic            page_i,           // pie and one of the bits of pqcsr
  input  logic            page_produced_i,  // a page request was queued, with pie

  output interrupt_t      ip_o,
  output interrupt_t      edge_o,
  output logic [15:0]     irq_o
);

  interrupt_t ip_d, ip_q;
  interrupt_t once_d, once_q;      // happened, not shown yet

  always_comb begin
    ip_d = ip_q | once_q;
    if (cie_i && cq_status_i != '0) ip_d.cip = 1'b1;
    if (fie_i && fq_status_i != '0) ip_d.fip = 1'b1;
    if (page_i)                     ip_d.pip = 1'b1;
    ip_d &= ~(clear_i & ip_q);

    once_d      = once_q & ip_q & clear_i;
    once_d.fip  = once_d.fip  || (fq_produced_i && fie_i);
    once_d.pmip = once_d.pmip || overflow_i;
    once_d.pip  = once_d.pip  || page_produced_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ip_q   <= '0;
      once_q <= '0;
    end else begin
      ip_q   <= ip_d;
      once_q <= once_d;
    end
  end

  always_comb begin
    irq_o = '0;
    if (wsi_i) begin
      irq_o[civ_i] |= ip_q.cip;
      irq_o[fiv_i] |= ip_q.fip;
      irq_o[pmiv_i] |= ip_q.pmip;
      irq_o[piv_i] |= ip_q.pip;
    end
  end

  assign ip_o   = ip_q;
  assign edge_o = ip_d & ~ip_q;

endmodule
