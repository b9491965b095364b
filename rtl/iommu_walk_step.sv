// SPDX-License-Identifier: Apache-2.0
//
// One step of a walk: what the row that was woken does next. Combinational, from
// what the row remembers and what has come. At most one of `read_o`, `write_o`,
// `backoff_o`, `guest_o`, `finish_o` and `resume_o` is set; none for a word of a
// context or MSI PTE that is not the last.
//
// `guest_o`: the next access has a guest-physical address, in `state_o`, which the
// second stage translates first; iommu_walk_guest goes on in the next clock.
//
// A word is judged in the order of the specification: bus error, poison, content.
// An entry that was read exclusively is judged from the start, as it may have
// changed. What words mean is judged by iommu_directory_check, iommu_walk_pte,
// iommu_context_collect and iommu_walk_pair.

module iommu_walk_step
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  fctl_t         fctl_i,
  input  logic          event_i,
  input  row_t          row_i,
  input  mem_data_t     word_i,
  input  logic          error_i,
  input  logic          exokay_i,
  input  walk_origin_t  origin_i,
  input  walk_context_t context_i,         // from when the contexts are known
  input  walk_state_t   state_i,
  input  logic [58:0]   address_i,         // of state_i, as judge_i
  input  judge_t        judge_i,
  input  kept_t         kept_i,            // what keep_o kept for this row

  output logic          collect_o,         // a word for the device context
  input  logic [11:0]   context_cause_i,   // in the clock of its last word

  output logic          read_o,
  output mem_read_t     read_request_o,
  output logic          write_o,           // of write_data_o, to write_addr_o
  output logic [PaWidth-1:0] write_addr_o,
  output logic [63:0]   write_data_o,
  output logic          keep_o,
  output kept_t         kept_o,
  output logic          backoff_o,
  output logic          guest_o,
  output walk_state_t   state_o,           // counts with read_o, write_o, backoff_o, guest_o
  output walk_state_t   guest_state_o,     // the same, counts with guest_o
  output logic          resume_o,          // a context is complete and legal
  output process_context_t process_o,      // with a process context
  output logic          pointer_o,         // a pointer for the first stage's walk cache
  output walk_pointer_t pointer_entry_o,
  output logic          second_pointer_o,  // one for the second stage's
  output walk_pointer_t second_pointer_entry_o,
  output logic          finish_o,
  output walk_end_t     end_o
);

  localparam bit Nested    = has_second_stage(Cfg);
  localparam bit Processes = has_process_directory(Cfg);
  localparam bit Msi       = Nested && Cfg.MsiFlat;

  request_t    request;
  logic        second, of_process;
  logic [2:0]  lower;
  logic        narrow;
  logic [63:0] updated;
  logic [PaWidth-1:0] pte_address;
  logic [63:0] word, read_pte;   // in their right byte order

  assign request    = origin_i.request;
  assign second     = Nested && state_i.second;
  assign of_process = Processes && (state_i.phase == PhaseProcess || state_i.phase == PhaseOwner);
  assign lower      = state_i.level - 1'b1;

  iommu_walk_word #(.Cfg(Cfg)) u_word (
    .be_i         (fctl_i.be),
    .sbe_i        (context_i.dc.sbe),
    .state_i,
    .data_i       (word_i.data),
    .narrow_i     (narrow),
    .upper_half_i (pte_address[2]),
    .word_o       (word),
    .pte_o        (read_pte),
    .updated_i    (updated),
    .write_data_o
  );

  // Directories.
  logic [11:0]         entry_cause;
  logic [PpnWidth-1:0] entry_ppn;
  logic [PaWidth-1:0]  entry_below;   // in a process directory

  iommu_directory_check u_directory_check (
    .word_i    (word),
    .error_i,
    .poison_i  (word_i.poison),
    .process_i (of_process),
    .cause_o   (entry_cause),
    .ppn_o     (entry_ppn)
  );

  assign entry_below = process_address(entry_ppn, lower, request);

  // Structures of two words: the first was kept, the last is here.
  logic [11:0]         pair_cause;
  logic                file_is_mrif;
  logic [PpnWidth-1:0] file_ppn;
  logic [2:0]          file_low;
  mrif_t               mrif;

  iommu_walk_pair #(.Cfg(Cfg)) u_pair (
    .file_i    (state_i.phase == PhaseMsi),
    .first_i   (kept_i),
    .second_i  ('{error: error_i, poison: word_i.poison, data: word}),
    .dc_i      (context_i.dc),
    .cause_o   (pair_cause),
    .process_o,
    .is_mrif_o (file_is_mrif),
    .ppn_o     (file_ppn),
    .low_o     (file_low),
    .mrif_o    (mrif)
  );

  // Page tables: a PTE, as read or as written.
  logic         pte_fault, pte_read, pte_write, pte_guest, pte_leaf, pte_pointer, pte_second;
  mem_read_t    pte_request;
  walk_state_t  pte_state;
  translation_t pte_entry;

  iommu_walk_pte #(.Cfg(Cfg)) u_pte (
    .gxl_i            (fctl_i.gxl),
    .row_i,
    .vpn_i            (request.iova[58:12]),
    .device_id_i      (request.device_id),
    .address_i,
    .context_i, .state_i, .judge_i,
    .pte_i            ((state_i.phase == PhaseWrite) ? kept_i.data : read_pte),
    .fault_o          (pte_fault),
    .read_o           (pte_read),
    .read_request_o   (pte_request),
    .write_o          (pte_write),
    .updated_o        (updated),
    .guest_o          (pte_guest),
    .leaf_o           (pte_leaf),
    .entry_o          (pte_entry),
    .state_o          (pte_state),
    .address_o        (pte_address),
    .narrow_o         (narrow),
    .pointer_o        (pte_pointer),
    .pointer_entry_o,
    .second_pointer_o (pte_second),
    .second_pointer_entry_o
  );

  assign write_addr_o = {pte_address[PaWidth-1:3], 3'b000};

  // Decision.
  logic        fault, of_pte, go_pte, leaf, file, refused, untold;
  logic [11:0] cause;

  // The debug registers have no way to tell of a memory-resident interrupt file.
  assign untold = Cfg.Debug && request.debug && file_is_mrif;

  // Interrupt files are written and read, not executed.
  // What comes of a PTE is chosen by the phase, not by whether it came well.
  assign of_pte = state_i.phase == PhasePte || state_i.phase == PhaseLock ||
                  state_i.phase == PhaseWrite;

  assign refused = request.access == AccessExecute && request.ttype != TypeTranslationRequest;

  always_comb begin
    collect_o      = 1'b0;
    read_o         = 1'b0;
    backoff_o      = 1'b0;
    resume_o       = 1'b0;
    keep_o         = 1'b0;
    kept_o         = '{error: error_i, poison: word_i.poison, data: word};
    guest_o        = 1'b0;
    write_o        = 1'b0;
    fault          = 1'b0;
    file           = 1'b0;
    go_pte         = 1'b0;
    cause          = access_fault(request.access);
    state_o        = state_i;
    read_request_o = word_read(row_i, pte_address, 1'b1);

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

      PhaseProcess: if (Processes) begin
        fault           = entry_cause != '0;
        cause           = entry_cause;
        guest_o         = !fault && Nested && state_i.nested;
        read_o          = !fault && !guest_o;
        read_request_o  = process_read(row_i, entry_below, lower);
        state_o.phase   = (lower == 3'd0) ? PhaseOwner : PhaseProcess;
        state_o.level   = lower;
        state_o.base    = entry_ppn;
        state_o.gpa     = 59'(entry_below);
        state_o.purpose = ForDirectory;
        state_o.upper   = lower;
      end

      PhaseOwner: if (Processes) begin
        keep_o   = event_i && !word_i.last;
        fault    = word_i.last && pair_cause != '0;
        cause    = pair_cause;
        resume_o = word_i.last && !fault;
      end

      PhaseMsi: if (Msi) begin
        keep_o = event_i && !word_i.last;
        fault  = word_i.last && (pair_cause != '0 || refused || untold);
        cause  = (pair_cause != '0) ? pair_cause
               : untold             ? 12'(CAUSE_TTYPE_DISALLOWED)
                                    : 12'(CAUSE_INSTRUCTION_ACCESS_FAULT);
        file   = word_i.last && !fault;
      end

      PhasePte, PhaseLock: begin
        // OKAY to an exclusive read: memory does not do exclusive accesses.
        fault  = error_i || word_i.poison || (state_i.phase == PhaseLock && !exokay_i);
        if (!error_i && (state_i.phase != PhaseLock || exokay_i)) cause = 12'(CAUSE_PT_CORRUPTED);
        go_pte = !fault;
      end

      PhaseWrite: begin
        fault     = error_i;
        backoff_o = !error_i && !exokay_i;
        go_pte    = !error_i && exokay_i;
      end

      default: begin  // PhaseBackoff
        read_o        = 1'b1;
        state_o.phase = PhaseLock;
      end
    endcase

    // The tables of a second stage that leads to a directory count as that.
    if (second && state_i.purpose == ForDirectory && !go_pte) begin
      cause = (cause == 12'(CAUSE_PT_CORRUPTED)) ? 12'(CAUSE_PDT_CORRUPTED)
                                                 : 12'(CAUSE_PDT_ACCESS_FAULT);
    end

    if (of_pte) begin
      read_request_o = pte_request;
      state_o        = pte_state;
      kept_o         = '{error: 1'b0, poison: 1'b0, data: updated};
    end

    if (backoff_o) begin
      state_o       = state_i;
      state_o.phase = PhaseBackoff;
      if (state_i.tries != '1) state_o.tries = state_i.tries + 1'b1;
    end

    if (go_pte) begin
      fault          = pte_fault;
      cause          = second ? guest_page_fault(request.access) : page_fault(request.access);
      read_o         = pte_read;
      write_o        = pte_write;
      guest_o        = pte_guest;
      keep_o         = event_i && pte_write;
    end

    if (!event_i) begin
      read_o    = 1'b0;
      write_o   = 1'b0;
      backoff_o = 1'b0;
      guest_o   = 1'b0;
      resume_o  = 1'b0;
      fault     = 1'b0;
      file      = 1'b0;
      go_pte    = 1'b0;
    end
  end

  // Only directories and page tables go on in the second stage.
  assign guest_state_o    = Processes ? state_o : pte_state;
  assign leaf             = go_pte && pte_leaf;
  assign pointer_o        = go_pte && pte_pointer;
  assign second_pointer_o = go_pte && pte_second;
  assign finish_o         = fault || leaf || file;

  iommu_walk_end #(.Cfg(Cfg)) u_end (
    .row_i, .origin_i, .context_i, .state_i,
    .fault_i    (fault),
    .cause_i    (cause),
    .guest_i    (go_pte && second),
    .entry_i    (pte_entry),
    .is_mrif_i  (file_is_mrif),
    .file_ppn_i (file_ppn),
    .file_low_i (file_low),
    .mrif_i     (mrif),
    .end_o
  );

`ifndef SYNTHESIS
  always_comb begin
    a_one_outcome: assert ($onehot0({read_o, write_o, backoff_o, guest_o, resume_o, finish_o}));
  end
`endif

endmodule
