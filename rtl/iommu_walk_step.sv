// SPDX-License-Identifier: Apache-2.0
//
// One step of a walk: what the row that was woken does next. Combinational, from
// what the row remembers and what has come. At most one of `read_o`, `write_o`,
// `backoff_o`, `finish_o` and `resume_o` is set; none for a word of a context
// that is not the last.
//
// A word is judged in the order of the specification: bus error, poison, content.
// An entry that was read exclusively is judged from the start, as it may have
// changed.

module iommu_walk_step
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic         event_i,
  input  row_t         row_i,
  input  mem_data_t    word_i,
  input  logic         error_i,
  input  logic         exokay_i,
  input  walk_origin_t origin_i,
  input  walk_state_t  state_i,
  input  logic [63:0]  written_i,         // the PTE that was written for this row

  output logic         collect_o,         // a word for the context
  input  logic [11:0]  context_cause_i,   // in the clock of its last word

  output logic          read_o,
  output mem_read_t     read_request_o,
  output logic          write_o,           // of written_o, to write_addr_o
  output logic [PaWidth-1:0] write_addr_o,
  output logic [63:0]   written_o,
  output logic          backoff_o,
  output walk_state_t   state_o,           // counts with read_o, write_o, backoff_o
  output logic          resume_o,          // the context is complete and legal
  output logic          pointer_o,         // a pointer for the walk cache
  output walk_pointer_t pointer_entry_o,
  output logic          finish_o,
  output walk_end_t     end_o
);

  request_t request;
  assign request = origin_i.request;

  // Device directory: a non-leaf entry.
  logic                entry_reserved;
  logic [11:0]         entry_cause;
  logic [PpnWidth-1:0] entry_ppn;

  assign entry_ppn      = word_i.data[DIR_ENTRY_PPN_LSB +: DIR_ENTRY_PPN_WIDTH];
  assign entry_reserved = word_i.data[9:1] != '0 || word_i.data[63:54] != '0;

  always_comb begin
    if (error_i)                              entry_cause = 12'(CAUSE_DDT_ACCESS_FAULT);
    else if (word_i.poison)                   entry_cause = 12'(CAUSE_DDT_CORRUPTED);
    else if (!word_i.data[DIR_ENTRY_V_BIT])   entry_cause = 12'(CAUSE_DDT_INVALID);
    else if (entry_reserved)                  entry_cause = 12'(CAUSE_DDT_MISCONFIGURED);
    else                                      entry_cause = '0;
  end

  // First stage: a PTE, as read or as written.
  logic [63:0] pte, updated;
  logic        pte_fault, pte_pointer, pte_update, pte_leaf;
  page_e       size;

  assign pte = (state_i.phase == PhaseWrite) ? written_i : word_i.data;

  iommu_pte_check #(.Cfg(Cfg)) u_pte_check (
    .pte_i      (pte),
    .level_i    (state_i.level),
    .access_i   (request.access),
    .priv_i     (request.priv && request.pv),
    .hardware_i (state_i.sade),
    .fault_o    (pte_fault),
    .pointer_o  (pte_pointer),
    .update_o   (pte_update),
    .leaf_o     (pte_leaf),
    .updated_o  (updated),
    .size_o     (size)
  );

  logic [PpnWidth-1:0] pte_ppn, leaf_mask;
  logic                passed_global;

  assign pte_ppn       = pte[PTE_PPN_LSB +: PTE_PPN_WIDTH];
  assign leaf_mask     = page_mask(size);
  assign passed_global = state_i.is_global || pte[PTE_G_BIT];

  // Decision.
  logic        fault, go_pte, leaf;
  logic [11:0] cause;
  logic [2:0]  lower;

  assign lower = state_i.level - 1'b1;

  always_comb begin
    collect_o      = 1'b0;
    read_o         = 1'b0;
    write_o        = 1'b0;
    backoff_o      = 1'b0;
    resume_o       = 1'b0;
    pointer_o      = 1'b0;
    fault          = 1'b0;
    leaf           = 1'b0;
    go_pte         = 1'b0;
    cause          = page_fault(request.access);
    state_o        = state_i;
    read_request_o = pte_read(row_i, state_i.base, state_i.level, request.iova, 1'b1);

    unique case (state_i.phase)
      PhaseDirectory: begin
        fault          = entry_cause != '0;
        cause          = entry_cause;
        read_o         = !fault;
        read_request_o = directory_read(row_i, entry_ppn, lower, request.device_id, Cfg.MsiFlat);
        state_o.phase  = (lower == 3'd0) ? PhaseContext : PhaseDirectory;
        state_o.level  = lower;
        state_o.base   = entry_ppn;
      end

      PhaseContext: begin
        collect_o = event_i;
        fault     = word_i.last && context_cause_i != '0;
        cause     = context_cause_i;
        resume_o  = word_i.last && !fault;
      end

      PhasePte: begin
        if (error_i) begin
          fault = 1'b1;
          cause = access_fault(request.access);
        end else if (word_i.poison) begin
          fault = 1'b1;
          cause = 12'(CAUSE_PT_CORRUPTED);
        end else begin
          go_pte = 1'b1;
        end
      end

      PhaseLock: begin
        // OKAY means that memory does not do exclusive accesses.
        if (error_i || !exokay_i) begin
          fault = 1'b1;
          cause = access_fault(request.access);
        end else if (word_i.poison) begin
          fault = 1'b1;
          cause = 12'(CAUSE_PT_CORRUPTED);
        end else begin
          go_pte = 1'b1;
        end
      end

      PhaseWrite: begin
        if (error_i) begin
          fault = 1'b1;
          cause = access_fault(request.access);
        end else if (!exokay_i) begin
          backoff_o     = 1'b1;
          state_o.phase = PhaseBackoff;
          if (state_i.tries != '1) state_o.tries = state_i.tries + 1'b1;
        end else begin
          go_pte = 1'b1;
        end
      end

      default: begin  // PhaseBackoff
        read_o        = 1'b1;
        state_o.phase = PhaseLock;
      end
    endcase

    if (go_pte) begin
      if (pte_fault) begin
        fault = 1'b1;
      end else if (pte_pointer) begin
        pointer_o         = 1'b1;
        read_o            = 1'b1;
        read_request_o    = pte_read(row_i, pte_ppn, lower, request.iova, 1'b0);
        state_o.phase     = PhasePte;
        state_o.level     = lower;
        state_o.base      = pte_ppn;
        state_o.is_global = passed_global;
        state_o.tries     = '0;
      end else if (pte_update && Cfg.AmoHwad) begin
        write_o       = state_i.phase == PhaseLock;
        read_o        = !write_o;
        state_o.phase = write_o ? PhaseWrite : PhaseLock;
      end else begin
        leaf = pte_leaf;
      end
    end

    if (!event_i) begin
      read_o    = 1'b0;
      write_o   = 1'b0;
      backoff_o = 1'b0;
      resume_o  = 1'b0;
      pointer_o = 1'b0;
      fault     = 1'b0;
      leaf      = 1'b0;
    end
  end

  assign write_addr_o = {state_i.base, vpn_index(request.iova, state_i.level), 3'b000};
  assign written_o    = updated;
  assign finish_o     = fault || leaf;

  always_comb begin
    pointer_entry_o.pscid     = state_i.pscid;
    pointer_entry_o.level     = lower[1:0];
    pointer_entry_o.vpn       = request.iova[56:12];
    pointer_entry_o.is_global = passed_global;
    pointer_entry_o.ppn       = pte_ppn;
  end

  always_comb begin
    end_o.row      = row_i;
    end_o.tag      = origin_i.tag;
    end_o.fault    = fault;
    end_o.report   = !state_i.dtf || always_reported(cause);
    end_o.cause    = cause;
    end_o.prpr     = 1'b0;
    end_o.identity = 1'b0;

    end_o.entry           = '0;
    end_o.entry.space     = host_space(state_i.pscid);
    end_o.entry.is_global = passed_global;
    end_o.entry.vpn       = request.iova[58:12];
    end_o.entry.size      = size;
    end_o.entry.leaf      = size;
    end_o.entry.ppn       = (pte_ppn & leaf_mask) | (request.iova[PaWidth-1:12] & ~leaf_mask);
    end_o.entry.pbmt      = Cfg.Svpbmt ? pte[PTE_PBMT_LSB +: PTE_PBMT_WIDTH] : 2'(PBMT_PMA);
    end_o.entry.r         = pte[PTE_R_BIT];
    end_o.entry.w         = pte[PTE_W_BIT];
    end_o.entry.x         = pte[PTE_X_BIT];
    end_o.entry.u         = pte[PTE_U_BIT];
    end_o.entry.d         = pte[PTE_D_BIT];
  end

`ifndef SYNTHESIS
  always_comb begin
    a_one_outcome: assert ($onehot0({read_o, write_o, backoff_o, resume_o, finish_o}));
  end
`endif

endmodule
