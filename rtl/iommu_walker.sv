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
//   R       return                       the word and its row's state registered
//   step    step, pte_check, collect     next read, or the end
//   then    complete                     IOTLB fill, answers, fault record
//
// Clocks: miss_valid_i in clock 3, the first read offered in clock 7; a word that
// arrives in clock t makes the next read in t+2, or the answer in t+2.
// One start, one step and one completion a clock. The step comes before the start
// where it may need the same port: not with a leaf, whose walk ends. Queues towards memory and towards
// completion have room for every row, so that a word is never refused for what
// lies behind it: memory waits neither for front ends nor for the fault queue.
//
// An invalidation closes the rows that it may cover (iommu_walk_rows).

module iommu_walker
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
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

  output trace_t                   trace_o
);

  localparam int unsigned Rows    = Cfg.WalkRows;
  localparam int unsigned RowBits = $clog2(Rows);

  // ------------------------------------------------------------ W0 to W2
  request_t     head_request_q;   // read in W0
  logic         head_free;
  logic         head_valid, next, w2_empty, turn, turn_ready, append, allocate, match, row_free;
  tag_t         head_tag, tag;    // of W1, of W2
  request_t     request;          // of W2
  row_t         match_row, free_row;
  walk_origin_t w2_origin, origin;

  logic            look, keep, w3_valid, w3_ready, w3_resumed, w3_context_valid;
  row_t            w3_row;
  walk_origin_t    w3_origin;
  device_context_t w3_context;

  logic      end_valid, resume, resume_may_q, learned_q, released, release_fault, again_valid;
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

  iommu_walk_admit u_admit (
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
    .device_hit_i, .device_context_i,
    .append_o              (append),
    .allocate_o            (allocate),
    .origin_o              (w2_origin),
    .leave_i               (learned_q || end_valid),
    .leave_row_i           (learned_q ? w3_row : ended.row),
    .resume_may_i          (resume_may_q),
    .resume_i              (resume),
    .resume_row_i          (event_row),
    .resume_origin_i       (origin),
    .resume_context_i      (collected),
    .look_o                (look),
    .keep_o                (keep),
    .start_valid_o         (w3_valid),
    .start_resumed_o       (w3_resumed),
    .start_ready_i         (w3_ready),
    .start_row_o           (w3_row),
    .start_origin_o        (w3_origin),
    .start_context_valid_o (w3_context_valid),
    .start_context_o       (w3_context)
  );

  // What stands for the first stage: in W2 from the caches, in W3 with what the
  // walk has brought.
  logic             process_known, process_learned, w3_process_known;
  process_context_t pc, w3_pc;

  assign process_known    = !needs_process(device_context_i, request) || process_hit_i;
  assign pc               = effective_process(device_context_i, request, process_context_i);
  assign process_learned  = 1'b0;   // no walk goes through a process directory
  assign w3_process_known = !needs_process(w3_context, w3_origin.request);
  assign w3_pc            = effective_process(w3_context, w3_origin.request, '0);

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
    .learn_i        (learned_q),
    .learn_row_i    (w3_row),
    .learn_ids_i    (walk_ids(1'b1, w3_context, w3_process_known, w3_pc)),
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
  walk_origin_t origin_read;
  walk_state_t  state, state_read, start_state, step_state;
  logic         state_write, step_continues, start_reads, step_q, leaf_q;
  logic         kept_valid_q;
  logic [63:0]  written, written_read, step_written;

  lut_ram #(.T(walk_origin_t), .Depth(Rows)) u_origins (
    .clk_i,
    .write_i       (allocate),
    .write_index_i (free_row[RowBits-1:0]),
    .write_data_i  (w2_origin),
    .read_index_i  (next_row[RowBits-1:0]),
    .read_data_o   (origin_read)
  );

  lut_ram #(.T(walk_state_t), .Depth(Rows)) u_states (
    .clk_i,
    .write_i       (state_write),
    .write_index_i (step_q ? event_row[RowBits-1:0] : w3_row[RowBits-1:0]),
    .write_data_i  (step_q ? step_state : start_state),
    .read_index_i  (next_row[RowBits-1:0]),
    .read_data_o   (state_read)
  );

  always_ff @(posedge clk_i) begin
    origin  <= origin_read;
    state   <= state_read;
    written <= written_read;
  end

  // Whose clock it is: a step's that may need what it shares with the start, or
  // that of a context's last word. Any other leaves the start its way.
  logic next_event, next_last, next_context, next_leaf, next_updated;

  // A PTE that can only end its walk.
  assign next_updated = data_i.data[PTE_A_BIT] &&
                        (data_i.data[PTE_D_BIT] || origin_read.request.access != AccessWrite);
  assign next_leaf    = state_read.phase == PhasePte && next_updated &&
                        (data_i.data[PTE_R_BIT] || data_i.data[PTE_X_BIT]);
  assign next_context = state_read.phase == PhaseContext;

  // What follows from the three has registers of its own: they have many loads.
  logic held_q, busy_q;   // step or resume, and any of them

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q       <= 1'b0;
      leaf_q       <= 1'b0;
      resume_may_q <= 1'b0;
      held_q       <= 1'b0;
      busy_q       <= 1'b0;
    end else begin
      step_q       <= next_event && !next_context && !next_leaf;
      leaf_q       <= next_event && next_leaf;
      resume_may_q <= next_event && next_context && next_last;
      held_q       <= next_event && (next_context ? next_last : !next_leaf);
      busy_q       <= next_event && (!next_context || next_last);
    end
  end

  logic next_row_unused;   // there may be fewer rows than the type has numbers
  assign next_row_unused = ^next_row;

  // -------------------------------------------------------- return and step
  logic          event_valid, event_error, event_exokay, collect;
  mem_data_t     word;
  logic [11:0]   context_cause;
  logic          step_read, step_write, step_backoff, step_finish, step_pointer;
  mem_read_t     step_request, start_request;
  logic [PaWidth-1:0] step_write_addr;
  walk_pointer_t step_pointer_entry;
  walk_end_t     step_end, start_end;

  iommu_walk_return #(.Cfg(Cfg)) u_return (
    .clk_i, .rst_ni,
    .data_valid_i, .data_ready_o, .data_i,
    .done_valid_i    (write_done_valid_i),
    .done_i          (write_done_i),
    .backoff_i       (step_backoff),
    .backoff_row_i   (event_row),
    .backoff_tries_i (state.tries),
    .next_event_o    (next_event),
    .next_last_o     (next_last),
    .next_row_o      (next_row),
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
    .event_i         (event_valid),
    .row_i           (event_row),
    .word_i          (word),
    .error_i         (event_error),
    .exokay_i        (event_exokay),
    .origin_i        (origin),
    .state_i         (state),
    .written_i       (written),
    .collect_o       (collect),
    .context_cause_i (context_cause),
    .read_o          (step_read),
    .read_request_o  (step_request),
    .write_o         (step_write),
    .write_addr_o    (step_write_addr),
    .written_o       (step_written),
    .backoff_o       (step_backoff),
    .state_o         (step_state),
    .resume_o        (resume),
    .pointer_o       (step_pointer),
    .pointer_entry_o (step_pointer_entry),
    .finish_o        (step_finish),
    .end_o           (step_end)
  );

  // The PTE as this row wrote it, to go on with once the write has succeeded.
  if (Cfg.AmoHwad) begin : gen_written
    lut_ram #(.T(logic [63:0]), .Depth(Rows)) u_written (
      .clk_i,
      .write_i       (step_write),
      .write_index_i (event_row[RowBits-1:0]),
      .write_data_i  (step_written),
      .read_index_i  (next_row[RowBits-1:0]),
      .read_data_o   (written_read)
    );
  end else begin : gen_no_written
    assign written_read = '0;
  end

  // ------------------------------------------------------------ W3: start
  // A walk that brought its context comes before one that begins. All that is
  // shared with the step, state and way to memory, is divided by what is known
  // early: whose clock it is, not what becomes of it. The walk cache compares in
  // the clock before, W2 or the step of the context's last word: PSCID and address
  // are known in both from the beginning.
  logic                start_finishes, start_runs, start_read, start_finish, start_pages;
  logic                cache_hit, cache_global;
  logic [1:0]          cache_level;
  logic [PpnWidth-1:0] cache_ppn;

  // What a walk learned counts in the clock after the context's last word; the
  // walk is in W3 then.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) learned_q <= 1'b0;
    else         learned_q <= resume;
  end

  iommu_walk_cache #(.Cfg(Cfg)) u_cache (
    .clk_i, .rst_ni,
    .look_i         (look),
    .keep_i         (keep),
    .pscid_i        (device_context_i.pscid),
    .vpn_i          (request.iova[56:12]),
    .resume_i       (resume_may_q),
    .resume_pscid_i (collected.pscid),
    .resume_vpn_i   (origin.request.iova[56:12]),
    .hit_o          (cache_hit),
    .level_o        (cache_level),
    .is_global_o    (cache_global),
    .ppn_o          (cache_ppn),
    .use_i          (start_read && cache_hit && start_pages),
    .fill_i         (step_pointer && fills_walk[event_row[RowBits-1:0]]),
    .fill_pointer_i (step_pointer_entry),
    .inval_valid_i, .inval_i
  );

  iommu_walk_start #(.Cfg(Cfg)) u_start (
    .ddtp_i, .qosid_i,
    .row_i           (w3_row),
    .origin_i        (w3_origin),
    .resume_i        (w3_resumed),
    .context_valid_i (w3_context_valid),
    .context_i       (w3_context),
    .cache_hit_i     (cache_hit),
    .cache_level_i   (cache_level),
    .cache_global_i  (cache_global),
    .cache_ppn_i     (cache_ppn),
    .read_o          (start_reads),
    .read_request_o  (start_request),
    .state_o         (start_state),
    .finish_o        (start_finishes),
    .end_o           (start_end)
  );

  // ------------------------------------- one port each: state, read, ending
  assign start_pages    = start_state.phase == PhasePte;
  assign step_continues = step_read || step_write || step_backoff;
  assign w3_ready       = !held_q && !kept_valid_q;
  assign start_runs     = w3_valid && w3_ready;
  assign start_read     = start_runs && start_reads;
  assign start_finish   = start_runs && start_finishes;
  assign state_write    = step_q || w3_valid;


  // The end of a walk that ends with its start waits a clock, and until no step ends
  // another.
  logic      quiet;
  walk_end_t kept_q;

  assign quiet     = !busy_q;
  assign end_valid = step_finish || (quiet && kept_valid_q);
  assign ended     = quiet ? kept_q : step_end;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) kept_valid_q <= 1'b0;
    else         kept_valid_q <= start_finish || (kept_valid_q && !quiet);
  end

  always_ff @(posedge clk_i) if (start_finish) kept_q <= start_end;

  iommu_walk_memory #(.Cfg(Cfg)) u_memory (
    .clk_i, .rst_ni,
    .read_i         (step_read || start_read),
    .read_request_i (step_q ? step_request : start_request),
    .write_i        (step_write),
    .write_row_i    (event_row),
    .write_addr_i   (step_write_addr),
    .write_data_i   (step_written),
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
  assign device_fill_o       = w3_context;

  assign process_fill_valid_o      = process_learned && fills_process[w3_row[RowBits-1:0]];
  assign process_fill_device_id_o  = w3_origin.request.device_id;
  assign process_fill_process_id_o = w3_origin.request.pv ? w3_origin.request.process_id : '0;
  assign process_fill_o            = w3_pc;

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
  // One access outstanding a row, and every word belongs to one.
  logic [Rows-1:0] reading_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reading_q <= '0;
    end else begin
      if (data_valid_i && data_ready_o && data_i.last) begin
        reading_q[data_i.id[RowBits-1:0]] <= 1'b0;
      end
      if (step_read || start_read) begin
        reading_q[step_read ? event_row[RowBits-1:0] : w3_row[RowBits-1:0]] <= 1'b1;
      end
      a_expected: assert (!(data_valid_i && data_ready_o) || reading_q[data_i.id[RowBits-1:0]]);
      a_one_read: assert (!start_read || !reading_q[w3_row[RowBits-1:0]]);
      a_range:    assert (!data_valid_i || 32'(data_i.id) < Rows);
      a_quiet:    assert (!released || !reading_q[released_row[RowBits-1:0]]);
      a_leaf:     assert (!leaf_q || (step_finish && !step_continues));
      a_used:     assert (!event_valid || used[event_row[RowBits-1:0]]);
    end
  end
`endif

endmodule
