// SPDX-License-Identifier: Apache-2.0
//
// Page-table walker: one engine, many walks. A request that missed becomes a row
// or joins one; a row reads memory under its number as ID, one access at a time;
// each word that comes back moves its row one step on; a finished row answers
// its requests and fills the caches.
//
//   W0      intake                       the request that is next
//   W1      rows, device cache           its key and its device compared
//   W2      admit, rows, lists           merge, begin, or take another turn
//   W3      start, cache                 checks, first read
//   R       return, state, turn          the word and its row's state registered
//   step    step, pte_check, collect     next read, or the end
//   guest   second                       next read, if its address is the guest's
//   then    complete                     IOTLB fill, answers, fault record
//
// Clocks: miss_valid_i in clock 3, the first read offered in clock 7; a word that
// arrives in clock t makes the next read in t+2, or the answer in t+2.
// A step may take two clocks more, in which the second stage's walk cache is looked
// up for the address of the next read: no word is taken for them, which is known from
// what the row remembers. A start with such an address wakes its row for that.
// One start, one step and one completion a clock. The step comes before the start
// where it may need the same port: not with a leaf, whose walk ends. Queues towards
// memory and towards completion have room for every row, so that a word is never
// refused for what lies behind it: memory waits neither for front ends nor for the
// fault queue.
//
// An invalidation closes the rows that it may cover (iommu_walk_rows).

module iommu_walker
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
  import iommu_walk_used_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  ddtp_t                    ddtp_i,
  input  fctl_t                    fctl_i,
  input  qos_t                     qosid_i,
  input  logic                     inval_valid_i,
  input  inval_t                   inval_i,

  input  logic                     miss_valid_i,
  input  tag_t                     miss_tag_i,
  output tag_t                     intake_tag_o,
  input  request_t                 intake_request_i,
  output tag_t                     drain_tag_o,
  input  request_t                 drain_request_i,
  input  logic                     drain_colour_i,

  output logic                     device_next_o,
  output logic [DeviceIdWidth-1:0] device_id_o,
  input  logic                     device_hit_i,
  input  device_context_t          device_context_i,
  output logic [ProcessIdWidth-1:0] process_id_o,      // beside device_id_o
  input  logic                     process_hit_i,
  input  process_context_t         process_context_i,
  output logic                     device_fill_valid_o,
  output logic [DeviceIdWidth-1:0] device_fill_id_o,
  output device_context_t          device_fill_o,
  output logic                     process_fill_valid_o,
  output logic [DeviceIdWidth-1:0] process_fill_device_id_o,
  output logic [ProcessIdWidth-1:0] process_fill_process_id_o,
  output process_context_t         process_fill_o,
  output logic                     iotlb_fill_valid_o,
  output translation_t             iotlb_fill_o,

  output logic                     done_valid_o,
  input  logic                     done_ready_i,
  output answer_t                  done_o,
  output logic                     fault_valid_o,
  input  logic                     fault_ready_i,
  output fault_t                   fault_o,

  output logic                     read_valid_o,
  input  logic                     read_ready_i,
  output mem_read_t                read_o,
  input  logic                     data_valid_i,
  output logic                     data_ready_o,
  input  mem_data_t                data_i,
  output logic                     write_valid_o,
  input  logic                     write_ready_i,
  output mem_write_t               write_o,
  input  logic                     write_done_valid_i,
  input  mem_done_t                write_done_i,

  output walk_event_t              miss_event_o,
  output walk_event_t              read_event_o,
  output trace_t                   trace_o
);

  localparam int unsigned Rows    = Cfg.WalkRows;
  localparam int unsigned RowBits = $clog2(Rows);
  localparam bit          Nested    = has_second_stage(Cfg);
  localparam bit          Processes = has_process_directory(Cfg);

  // ------------------------------------------------------------ W0 to W2
  request_t     head_request_q;   // read in W0
  logic         head_free;
  logic         head_valid, head_new, next, w2_empty, turn, turn_ready, append, allocate;
  logic         match, row_free;
  tag_t         head_tag, tag;    // of W1, of W2
  request_t     request;          // of W2
  row_t         match_row, free_row;
  walk_origin_t w2_origin, origin;

  logic            look, keep, w3_valid, w3_ready, w3_aged, w3_resumed, w3_context_valid;
  row_t            w3_row;
  walk_origin_t    w3_origin;
  walk_context_t   w3_known;
  logic            w3_process_known;

  logic      end_valid, next_resume, resume, resume_may_q, process_learned_q, learned_q, released, release_fault, again_valid;
  walk_end_t ended;
  row_t      next_row, event_row, released_row;
  tag_t      again_tag;
  logic [Rows-1:0] fills_walk, fills_device, fills_process, used;
  device_context_t collected;

  assign device_next_o = next;
  assign device_id_o   = head_request_q.device_id;
  assign process_id_o  = head_request_q.pv ? head_request_q.process_id : '0;

  always_ff @(posedge clk_i) begin
    if (head_free) head_request_q <= intake_request_i;
  end

  iommu_walk_intake #(.Cfg(Cfg)) u_intake (
    .clk_i, .rst_ni,
    .miss_valid_i, .miss_tag_i,
    .head_valid_o  (head_valid),
    .head_tag_o    (head_tag),
    .head_new_o    (head_new),
    .head_free_o   (head_free),
    .next_tag_o    (intake_tag_o),
    .take_i        (next),
    .early_free_i  (w2_empty),
    .turn_i        (turn),
    .turn_tag_i    (tag),
    .turn_ready_o  (turn_ready),
    .again_valid_i (again_valid),
    .again_tag_i   (again_tag)
  );

  // The process context, or what stands for it: in W2 from the caches, later also
  // what the walk has brought. A device context that was brought is followed by a
  // walk through the process directory, although the cache may know its outcome.
  walk_context_t    known;   // of the row that was woken
  walk_state_t      state;
  logic             process_known, resume_process_known, of_owner;
  process_context_t pc, resume_pc, step_process;
  device_context_t  resume_dc;

  assign process_known = !needs_process(device_context_i, request) || process_hit_i;
  assign pc            = used_process(Cfg, device_context_i,
                                      effective_process(device_context_i, request, process_context_i));
  assign of_owner      = Processes && state.phase == PhaseOwner;
  assign resume_dc     = of_owner ? known.dc : collected;
  assign resume_pc     = used_process(Cfg, resume_dc,
                                      effective_process(resume_dc, origin.request, step_process));

  assign resume_process_known = of_owner || !needs_process(resume_dc, origin.request);

  iommu_walk_admit #(.Cfg(Cfg)) u_admit (
    .clk_i, .rst_ni,
    .head_valid_i          (head_valid),
    .head_tag_i            (head_tag),
    .head_request_i        (head_request_q),
    .next_o                (next),
    .empty_o               (w2_empty),
    .tag_o                 (tag),
    .request_o             (request),
    .turn_o                (turn),
    .turn_ready_i          (turn_ready),
    .match_i               (match),
    .free_i                (row_free),
    .free_row_i            (free_row),
    .device_hit_i,
    .context_i             ('{dc: device_context_i, pc: pc}),
    .process_known_i       (process_known),
    .append_o              (append),
    .allocate_o            (allocate),
    .origin_o              (w2_origin),
    .leave_i               (learned_q || end_valid),
    .leave_row_i           (learned_q ? w3_row : ended.row),
    .resume_next_i         (next_resume),
    .resume_may_i          (resume_may_q),
    .resume_i              (resume),
    .resume_row_i          (event_row),
    .resume_origin_i       (origin),
    .resume_context_i      ('{dc: resume_dc, pc: resume_pc}),
    .resume_process_known_i (resume_process_known),
    .look_o                (look),
    .keep_o                (keep),
    .start_valid_o         (w3_valid),
    .start_aged_o          (w3_aged),
    .start_resumed_o       (w3_resumed),
    .start_ready_i         (w3_ready),
    .start_row_o           (w3_row),
    .start_origin_o        (w3_origin),
    .start_context_valid_o (w3_context_valid),
    .start_context_o       (w3_known),
    .start_process_known_o (w3_process_known)
  );

  iommu_walk_rows #(.Cfg(Cfg)) u_rows (
    .clk_i, .rst_ni,
    .next_i         (next),
    .next_request_i (head_request_q),
    .request_i      (request),
    .match_o        (match),
    .match_row_o    (match_row),
    .free_o         (row_free),
    .free_row_o     (free_row),
    .turn_i         (turn),
    .allocate_i     (allocate),
    .ids_i          (walk_ids(device_hit_i, device_context_i, process_known, pc)),
    .learn_i        (learned_q || process_learned_q),
    .learn_row_i    (w3_row),
    .learn_ids_i    (walk_ids(1'b1, w3_known.dc, w3_process_known, w3_known.pc)),
    .seal_i         (end_valid),
    .seal_row_i     (ended.row),
    .release_i      (released),
    .release_row_i  (released_row),
    .inval_valid_i, .inval_i,
    .fills_walk_o   (fills_walk),
    .fills_device_o (fills_device),
    .fills_process_o (fills_process),
    .used_o         (used)
  );

  // ------------------------------------------- what a row remembers, by row
  walk_origin_t  origin_read;
  walk_context_t known_read;
  walk_state_t   state_read, start_state, step_state, step_guest_state, guest_state;
  judge_t        judge;     // of state
  logic [58:0]   address;   // that its table translates
  logic         state_write, step_continues, start_reads, step_q, leaf_q;
  logic         kept_valid_q, hold, of_step, guest_q, guest_aged_q, step_guest, may_guest_q;
  logic         step_keep, start_guest, start_runs, guest_done;
  kept_t        kept, step_kept;
  logic [63:0]  step_write_data;

  iommu_walk_state #(.Cfg(Cfg)) u_state (
    .clk_i,
    .begin_i         (allocate),
    .begin_row_i     (free_row),
    .begin_origin_i  (w2_origin),
    .context_i       (w3_valid),
    .context_row_i   (w3_row),
    .context_new_i   (w3_known),
    .state_i         (state_write),
    .state_row_i     (of_step ? event_row : w3_row),
    .state_new_i     (step_q ? step_state : guest_q ? guest_state : start_state),
    .keep_i          (step_keep),
    .keep_row_i      (event_row),
    .keep_new_i      (step_kept),
    .row_i           (next_row),
    .origin_next_o   (origin_read),
    .context_next_o  (known_read),
    .state_next_o    (state_read),
    .hold_i          (hold),
    .go_on_i         (may_guest_q),
    .go_on_state_i   (step_guest_state),
    .origin_o        (origin),
    .context_o       (known),
    .state_o         (state),
    .address_o       (address),
    .judge_o         (judge),
    .kept_o          (kept)
  );

  // Whose clock it is.
  logic        next_event, next_guest, next_last, hold_q, halt_q, busy_q;
  logic [63:0] next_data;

  iommu_walk_turn #(.Cfg(Cfg)) u_turn (
    .clk_i, .rst_ni,
    .fctl_i,
    .event_i      (next_event),
    .wakes_guest_i (next_guest),
    .last_i       (next_last),
    .word_i       (next_data),
    .origin_i     (origin_read),
    .context_i    (known_read),
    .state_i      (state_read),
    .step_guest_i (step_guest),
    .guest_done_i (guest_done),
    .step_o       (step_q),
    .leaf_o       (leaf_q),
    .resume_next_o (next_resume),
    .resume_o     (resume_may_q),
    .may_guest_o  (may_guest_q),
    .hold_o       (hold_q),
    .halt_o       (halt_q),
    .busy_o       (busy_q),
    .guest_o      (guest_q),
    .guest_aged_o (guest_aged_q)
  );

  // -------------------------------------------------------- return and step
  logic          event_valid, event_error, event_exokay, collect;
  mem_data_t     word;
  logic [11:0]   context_cause;
  logic          step_read, step_write, step_backoff, step_finish, step_pointer, second_pointer;
  mem_read_t     step_request, start_request;
  logic [PaWidth-1:0] step_write_addr;
  walk_pointer_t step_pointer_entry, second_pointer_entry;
  walk_end_t     step_end, start_end;

  iommu_walk_return #(.Cfg(Cfg)) u_return (
    .clk_i, .rst_ni,
    .hold_i          (hold),
    .guest_i         (start_runs && start_guest),
    .guest_row_i     (w3_row),
    .data_valid_i, .data_ready_o, .data_i,
    .done_valid_i    (write_done_valid_i),
    .done_i          (write_done_i),
    .backoff_i       (step_backoff),
    .backoff_row_i   (event_row),
    .backoff_tries_i (state.tries),
    .next_event_o    (next_event),
    .next_guest_o    (next_guest),
    .next_last_o     (next_last),
    .next_row_o      (next_row),
    .next_data_o     (next_data),
    .event_o         (event_valid),
    .row_o           (event_row),
    .word_o          (word),
    .error_o         (event_error),
    .exokay_o        (event_exokay)
  );

  iommu_context_collect #(.Cfg(Cfg)) u_collect (
    .clk_i, .rst_ni,
    .fctl_i,
    .take_i    (collect),
    .word_i    (word),
    .cause_o   (context_cause),
    .context_o (collected)
  );

  iommu_walk_step #(.Cfg(Cfg)) u_step (
    .fctl_i,
    .event_i         (event_valid),
    .row_i           (event_row),
    .word_i          (word),
    .error_i         (event_error),
    .exokay_i        (event_exokay),
    .origin_i        (origin),
    .context_i       (known),
    .state_i         (state),
    .address_i       (address),
    .judge_i         (judge),
    .kept_i          (kept),
    .collect_o       (collect),
    .context_cause_i (context_cause),
    .read_o          (step_read),
    .read_request_o  (step_request),
    .write_o         (step_write),
    .write_addr_o    (step_write_addr),
    .write_data_o    (step_write_data),
    .keep_o          (step_keep),
    .kept_o          (step_kept),
    .backoff_o       (step_backoff),
    .guest_o         (step_guest),
    .state_o         (step_state),
    .guest_state_o   (step_guest_state),
    .resume_o        (resume),
    .process_o       (step_process),
    .pointer_o       (step_pointer),
    .pointer_entry_o (step_pointer_entry),
    .second_pointer_o       (second_pointer),
    .second_pointer_entry_o (second_pointer_entry),
    .finish_o        (step_finish),
    .end_o           (step_end)
  );

  // ------------------------------------------------------------ W3: start
  // A walk that brought its context comes before one that begins. All that is
  // shared with the step, state and way to memory, is divided by what is known
  // early: whose clock it is, not what becomes of it. The walk cache compares in
  // the clock before, W2 or the step of the context's last word: PSCID and address
  // are known in both from the beginning.
  logic                start_finishes, start_read, start_finish, start_pages;
  logic                guest_finish;
  logic                cache_hit, cache_global;
  logic [1:0]          cache_level;
  logic [PpnWidth-1:0] cache_ppn;

  // What a walk learned counts in the clock after the context's last word; the
  // walk is in W3 then.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      learned_q         <= 1'b0;
      process_learned_q <= 1'b0;
    end else begin
      learned_q         <= resume && !of_owner;
      process_learned_q <= resume && of_owner;
    end
  end

  iommu_walk_cache #(.Cfg(Cfg)) u_cache (
    .clk_i, .rst_ni,
    .look_i         (look),
    .keep_i         (keep),
    .space_i        (context_space(device_context_i, pc, request.device_id)),
    .vpn_i          (request.iova[58:12]),
    .resume_i       (resume_may_q),
    .resume_space_i (context_space(resume_dc, resume_pc, origin.request.device_id)),
    .resume_vpn_i   (origin.request.iova[58:12]),
    .hit_o          (cache_hit),
    .level_o        (cache_level),
    .is_global_o    (cache_global),
    .ppn_o          (cache_ppn),
    .use_i          (start_runs && start_reads && cache_hit && start_pages),
    .fill_i         (step_pointer && fills_walk[event_row[RowBits-1:0]]),
    .fill_pointer_i (step_pointer_entry),
    .inval_valid_i, .inval_i
  );

  iommu_walk_start #(.Cfg(Cfg)) u_start (
    .clk_i,
    .ddtp_i, .qosid_i,
    .row_i           (w3_row),
    .origin_i        (w3_origin),
    .resume_i        (w3_resumed),
    .context_valid_i (w3_context_valid),
    .context_i       (w3_known),
    .process_known_i (w3_process_known),
    .cache_hit_i     (cache_hit),
    .cache_level_i   (cache_level),
    .cache_global_i  (cache_global),
    .cache_ppn_i     (cache_ppn),
    .read_o          (start_reads),
    .read_request_o  (start_request),
    .state_o         (start_state),
    .guest_o         (start_guest),
    .finish_o        (start_finishes),
    .end_o           (start_end)
  );

  // ------------------------------------------------- addresses of the guest
  logic      guest_reads, guest_finishes, guest_hold;
  mem_read_t guest_request;
  walk_end_t guest_end;

  if (Nested) begin : gen_second
    iommu_walk_second #(.Cfg(Cfg)) u_second (
      .clk_i, .rst_ni,
      .gxl_i          (fctl_i.gxl),
      .inval_valid_i, .inval_i,
      .guest_i        (guest_q),
      .aged_i         (guest_aged_q),
      .row_i          (event_row),
      .origin_i       (origin),
      .context_i      (known),
      .state_i        (state),
      .fill_i         (second_pointer && fills_walk[event_row[RowBits-1:0]]),
      .fill_pointer_i (second_pointer_entry),
      .done_o         (guest_done),
      .hold_o         (guest_hold),
      .read_o         (guest_reads),
      .read_request_o (guest_request),
      .state_o        (guest_state),
      .finish_o       (guest_finishes),
      .end_o          (guest_end)
    );
  end else begin : gen_no_second
    assign guest_reads    = 1'b0;
    assign guest_request  = '0;
    assign guest_state    = '0;
    assign guest_finishes = 1'b0;
    assign guest_done     = 1'b1;
    assign guest_hold     = 1'b0;
    assign guest_end      = '0;

    logic unused;
    assign unused = ^{guest_aged_q, second_pointer, second_pointer_entry};
  end

  // ------------------------------------- one port each: state, read, ending
  assign start_pages    = start_state.phase == PhasePte;
  // No word is taken while a step may go on, nor while a context is on its way to
  // W3, as there may be another behind it.
  assign hold           = hold_q || guest_hold ||
                          (Processes && (resume_may_q || (w3_valid && w3_resumed)));
  assign of_step        = step_q || guest_q;
  assign step_continues = step_read || step_write || step_backoff;
  // With a fast clock the walk cache is read in W3's first clock.
  assign w3_ready       = !halt_q && !kept_valid_q && (w3_aged || !Cfg.FastClock);
  assign start_runs     = w3_valid && w3_ready;
  assign start_read     = start_runs && start_reads;
  assign start_finish   = start_runs && start_finishes;
  assign guest_finish   = guest_q && guest_finishes && guest_done;
  assign state_write    = of_step || w3_valid;

  // The end of a walk that ends with its start waits a clock, and until no step ends
  // another.
  logic      quiet, chosen_valid;
  walk_end_t kept_q, chosen;

  assign quiet        = !busy_q && !guest_q;
  assign chosen_valid = step_finish || guest_finish || (quiet && kept_valid_q);
  assign chosen       = guest_q ? guest_end : quiet ? kept_q : step_end;

  // Told a clock later with a fast clock: the row may be joined until then.
  if (Cfg.FastClock) begin : gen_end_clock
    logic      end_valid_q;
    walk_end_t ended_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) end_valid_q <= 1'b0;
      else         end_valid_q <= chosen_valid;
    end

    always_ff @(posedge clk_i) ended_q <= chosen;

    assign end_valid = end_valid_q;
    assign ended     = ended_q;
  end else begin : gen_end
    assign end_valid = chosen_valid;
    assign ended     = chosen;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) kept_valid_q <= 1'b0;
    else         kept_valid_q <= start_finish || (kept_valid_q && !quiet);
  end

  // None finishes while one is kept.
  always_ff @(posedge clk_i) if (!kept_valid_q) kept_q <= start_end;

  logic read;
  assign read = step_read || (guest_q && guest_reads && guest_done) || start_read;

  // Accesses to the device directory have the IOMMU's own QoS ids.
  mem_read_t read_request;

  always_comb begin
    read_request     = step_q ? step_request : guest_q ? guest_request : start_request;
    read_request.qos = '0;
    if (Cfg.QosId) begin
      if (step_q ? step_state.phase == PhaseDirectory || step_state.phase == PhaseContext
                 : !guest_q && !w3_context_valid && !w3_resumed) read_request.qos = qosid_i;
      else read_request.qos = of_step ? known.dc.qos : w3_known.dc.qos;
    end
  end

  iommu_walk_memory #(.Cfg(Cfg)) u_memory (
    .clk_i, .rst_ni,
    .read_i         (read),
    .read_request_i (read_request),
    .write_i        (step_write),
    .write_qos_i    (Cfg.QosId ? known.dc.qos : '0),
    .write_row_i    (event_row),
    .write_addr_i   (step_write_addr),
    .write_data_i   (step_write_data),
    .read_valid_o, .read_ready_i, .read_o,
    .write_valid_o, .write_ready_i, .write_o
  );

  // ------------------------------------------------------------- complete
  row_t complete_row;
  tag_t list_head, list_next, list_tail, joined;
  logic list_any;

  iommu_walk_lists #(.Cfg(Cfg)) u_lists (
    .clk_i, .rst_ni,
    .clear_i      (allocate),
    .clear_row_i  (free_row),
    .append_i     (append),
    .append_row_i (match_row),
    .append_tag_i (tag),
    .row_i        (complete_row),
    .any_o        (list_any),
    .head_o       (list_head),
    .tag_i        (joined),
    .next_o       (list_next),
    .tail_o       (list_tail)
  );

  iommu_walk_complete #(.Cfg(Cfg)) u_complete (
    .clk_i, .rst_ni,
    .end_valid_i     (end_valid),
    .end_i           (ended),
    .row_o           (complete_row),
    .any_i           (list_any),
    .head_i          (list_head),
    .joined_o        (joined),
    .next_i          (list_next),
    .tail_i          (list_tail),
    .fills_i         (fills_walk),
    .iotlb_fill_valid_o, .iotlb_fill_o,
    .drain_tag_o, .drain_request_i, .drain_colour_i,
    .done_valid_o, .done_ready_i, .done_o,
    .fault_valid_o, .fault_ready_i, .fault_o,
    .again_valid_o   (again_valid),
    .again_tag_o     (again_tag),
    .release_o       (released),
    .release_row_o   (released_row),
    .release_fault_o (release_fault)
  );

  // A context is good although the walk goes no further than step 7.
  assign device_fill_valid_o = learned_q && fills_device[w3_row[RowBits-1:0]];
  assign device_fill_id_o    = w3_origin.request.device_id;
  assign device_fill_o       = w3_known.dc;

  assign process_fill_valid_o      = process_learned_q && fills_process[w3_row[RowBits-1:0]];
  assign process_fill_device_id_o  = w3_origin.request.device_id;
  assign process_fill_process_id_o = w3_origin.request.pv ? w3_origin.request.process_id : '0;
  assign process_fill_o            = w3_known.pc;

  // --------------------------------------------------------------- events
  if (Cfg.HpmCounters != 0) begin : gen_events
    // A request is one miss, however often it tries.
    logic new_q;

    always_ff @(posedge clk_i) if (next) new_q <= head_new;

    iommu_walk_event u_event (
      .miss_valid_i         ((append || allocate || turn) && new_q && !request.page_request),
      .miss_request_i       (request),
      .miss_device_known_i  (device_hit_i),
      .miss_process_known_i (process_known),
      .miss_context_i       ('{dc: device_context_i, pc: pc}),
      .read_valid_i         (read),
      .read_request_i       (of_step ? origin.request : w3_origin.request),
      .read_context_i       (of_step ? known : w3_known),
      .read_state_i         (step_q ? step_state : guest_q ? guest_state : start_state),
      .miss_o               (miss_event_o),
      .read_o               (read_event_o)
    );
  end else begin : gen_no_events
    logic unused_new;
    assign unused_new   = head_new;
    assign miss_event_o = '0;
    assign read_event_o = '0;
  end

  always_comb begin
    trace_o              = '0;
    trace_o.start        = allocate;
    trace_o.start_row    = free_row;
    trace_o.start_tag    = tag;
    trace_o.merge        = append;
    trace_o.merge_row    = match_row;
    trace_o.merge_tag    = tag;
    trace_o.finish       = released;
    trace_o.finish_row   = released_row;
    trace_o.finish_fault = release_fault;
  end

`ifndef SYNTHESIS
  // One access outstanding a row, and every word belongs to one. States are such as
  // this build makes use of.
  logic [Rows-1:0] reading_q;
  logic            read_q;
  walk_phase_e     phase_q;
  logic [2:0]      level_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) read_q <= 1'b0;
    else         read_q <= read;
  end

  always_ff @(posedge clk_i) begin
    phase_q <= step_q ? step_state.phase : guest_q ? guest_state.phase : start_state.phase;
    level_q <= step_q ? step_state.level : guest_q ? guest_state.level : start_state.level;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reading_q <= '0;
    end else begin
      if (data_valid_i && data_ready_o && data_i.last) begin
        reading_q[data_i.id[RowBits-1:0]] <= 1'b0;
      end
      if (read) begin
        reading_q[of_step ? event_row[RowBits-1:0] : w3_row[RowBits-1:0]] <= 1'b1;
      end
      a_expected: assert (!(data_valid_i && data_ready_o) || reading_q[data_i.id[RowBits-1:0]]);
      a_one_read: assert (!start_read || !reading_q[w3_row[RowBits-1:0]]);
      a_range:    assert (!data_valid_i || 32'(data_i.id) < Rows);
      a_quiet:    assert (!released || !reading_q[released_row[RowBits-1:0]]);
      a_leaf:     assert (!leaf_q || (step_finish && !step_continues));
      a_used:     assert (!event_valid || used[event_row[RowBits-1:0]]);
      a_guest:    assert (!step_guest || may_guest_q);
      a_phase:    assert (!read_q || used_phase(Cfg, phase_q) == phase_q);
      a_level:    assert (!read_q || used_level(Cfg, level_q) == level_q);
    end
  end
`endif

endmodule
