// SPDX-License-Identifier: Apache-2.0
//
// Types of the register file and its owners: queue bases, indices and status
// bits, as chapter "Memory-mapped register interface" defines them.

package iommu_registers_pkg;

  import iommu_build_pkg::*;

  // Indices have 16 bits, so a queue has 65,536 entries at most: LOG2SZ-1 is
  // WARL and keeps 15 when more is written.
  localparam int unsigned QueueIndexWidth = 16;
  localparam int unsigned QueueSizeWidth  = 4;

  typedef logic [QueueIndexWidth-1:0] queue_index_t;

  typedef struct packed {
    logic [PpnWidth-1:0]       ppn;
    logic [QueueSizeWidth-1:0] log2sz_1;
  } queue_base_t;

  // Bits of an index that a queue of this size uses.
  function automatic queue_index_t index_mask(logic [QueueSizeWidth-1:0] log2sz_1);
    return {QueueIndexWidth{1'b1}} >> ~log2sz_1;
  endfunction

  // Bits 11:8 of `cqcsr`.
  typedef struct packed {
    logic fence_w_ip;
    logic cmd_ill;
    logic cmd_to;
    logic cqmf;
  } command_status_t;

  // Bits 9:8 of `fqcsr`.
  typedef struct packed {
    logic fqof;
    logic fqmf;
  } fault_status_t;

  // The bits of `ipsr`.
  typedef struct packed {
    logic pip;
    logic pmip;
    logic fip;
    logic cip;
  } interrupt_t;

  typedef logic [3:0] vector_t;

  // What became of a page request.
  typedef enum logic [1:0] {
    PageQueued   = 2'd0,
    PageOverflow = 2'd1,   // the queue is full, or was
    PageRefused  = 2'd2    // the queue is off, or could not be written
  } page_outcome_e;

  // The operands of IOFENCE.C.
  typedef struct packed {
    logic        av;
    logic        wsi;
    logic        pr;
    logic        pw;
    logic [31:0] data;
    logic [61:0] addr;   // ADDR[63:2]
  } fence_t;

  // A 4-byte store: IOFENCE.C and interrupt messages.
  typedef struct packed {
    logic [PaWidth-1:2] addr;
    logic [31:0]        data;
  } store_t;

endpackage
