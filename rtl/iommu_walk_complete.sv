// SPDX-License-Identifier: Apache-2.0
//
// What follows the last step of a walk, one walk at a time and in order.
//
// The lead, the request that the walk was begun for, comes first. A fault is
// recorded, unless it is masked, and answered after the record is taken; a
// translation fills the IOTLB, unless an invalidation closed the row, in the first
// clock in which it could be answered. Then the requests that joined are dealt with one
// a clock: answered if the translation permits their access, otherwise sent back
// to try again, as are all of them after a fault, which was not theirs. With the
// last one the row is released.
//
// A walk that nobody joined takes one clock. With Cfg.FastClock a request takes two, the
// first of which reads it, and a walk another before the next one. The queue in front
// has room for every row: `end_i` is never refused.

module iommu_walk_complete
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
  import iommu_walk_used_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault),
  localparam int unsigned Rows = Cfg.WalkRows
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         end_valid_i,
  input  walk_end_t    end_i,

  // Who joined the walk of row_o.
  output row_t         row_o,
  input  logic         any_i,
  input  tag_t         head_i,
  output tag_t         joined_o,
  input  tag_t         next_i,
  input  tag_t         tail_i,

  input  logic [Rows-1:0] fills_i,
  output logic         iotlb_fill_valid_o,
  output translation_t iotlb_fill_o,

  output tag_t         drain_tag_o,
  input  request_t     drain_request_i,
  input  logic         drain_colour_i,

  output logic         done_valid_o,
  input  logic         done_ready_i,
  output answer_t      done_o,
  output logic         fault_valid_o,
  input  logic         fault_ready_i,
  output fault_t       fault_o,
  output logic         again_valid_o,    // always taken
  output tag_t         again_tag_o,

  output logic         release_o,
  output row_t         release_row_o,
  output logic         release_fault_o
);

  localparam int unsigned RowBits = $clog2(Rows);

  typedef enum logic [1:0] {
    StLead,
    StRecorded,
    StJoined
  } state_e;

  state_e    state_q, state_d;
  tag_t      joined_q, joined_d;
  logic      last_q;     // joined_q is the last one
  logic      filled_q;   // the lead still waits to be answered
  logic      queue_valid, leaves, ended_valid, ended_room;
  walk_end_t ended, ended_whole;
  logic      needs_record, permitted, done, again, finishes, finished, lead_answered;

  stream_fifo_registered #(.T(walk_end_t), .Depth(Rows)) u_ends (
    .clk_i, .rst_ni,
    .valid_i (end_valid_i), .ready_o (ended_room), .data_i (end_i),
    .valid_o (queue_valid), .ready_i (leaves),     .data_o (ended_whole)
  );

  // Who finishes leaves, or, as the register has many loads, in the clock after.
  if (Cfg.FastClock) begin : gen_leaves_late
    logic leaves_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) leaves_q <= 1'b0;
      else         leaves_q <= finished;
    end

    assign leaves      = leaves_q;
    assign ended_valid = queue_valid && !leaves_q;
  end else begin : gen_leaves
    assign leaves      = finishes;
    assign ended_valid = queue_valid;
  end

  assign ended = used_end(Cfg, ended_whole);

  // The request of drain_tag_o, once it is known.
  request_t request;
  logic     colour, known;

  if (Cfg.FastClock) begin : gen_request_clock
    request_t request_q;
    logic     colour_q, known_q, moves;

    assign moves = lead_answered || (state_q == StJoined && known && done_ready_i);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) known_q <= 1'b0;
      else         known_q <= ended_valid && !moves;
    end

    always_ff @(posedge clk_i) begin
      request_q <= drain_request_i;
      colour_q  <= drain_colour_i;
    end

    assign request = request_q;
    assign colour  = colour_q;
    assign known   = known_q;
  end else begin : gen_request
    assign request = drain_request_i;
    assign colour  = drain_colour_i;
    assign known   = ended_valid;
  end

  // A translation request that finds nothing is answered that it may do nothing,
  // without a record.
  logic  asks, vain;
  want_t want;

  assign asks         = Cfg.Ats && request.ttype == TypeTranslationRequest;
  assign vain         = asks && grants_nothing(ended.cause);
  assign want         = wanted(request);
  assign needs_record = ended.fault && ended.report && !vain;

  // May this request use what the walk found? Of a translation request D is to be
  // set where it will write, and its privilege has to fit.
  logic privilege, fits;

  assign privilege = request.pv && request.priv;

  always_comb begin
    if (asks) begin
      fits = !(want.w && ended.entry.w && !ended.entry.d) &&
             (!ended.entry.space.first_stage ||
              (privilege ? !ended.entry.u || (ended.sum && !want.x) : ended.entry.u));
    end else begin
      fits = permits(ended.entry, request.access, privilege, ended.sum) &&
             !(want.r && !ended.entry.r);
    end
  end

  assign permitted = !ended.fault && (ended.identity || fits) &&
                     !(ended.is_mrif && request.debug);

  always_comb begin
    state_d       = state_q;
    joined_d      = joined_q;
    fault_valid_o = 1'b0;
    done          = 1'b0;
    again         = 1'b0;
    lead_answered = 1'b0;

    unique case (state_q)
      StLead: begin
        if (known && needs_record) begin
          fault_valid_o = 1'b1;
          if (fault_ready_i) state_d = StRecorded;
        end else if (known) begin
          done          = 1'b1;
          lead_answered = done_ready_i;
        end
      end

      StRecorded: begin
        done          = 1'b1;
        lead_answered = done_ready_i;
      end

      // Whether one is permitted is known late: who is next does not depend on it.
      StJoined: begin
        done  = known && permitted;
        again = known && !permitted && done_ready_i;
        if (known && done_ready_i) begin
          joined_d = next_i;
          if (last_q) state_d = StLead;
        end
      end

      default: state_d = StLead;
    endcase

    if (lead_answered) begin
      joined_d = head_i;
      state_d  = any_i ? StJoined : StLead;
    end
  end

  // If there is a walk: known before that.
  assign finishes = done_ready_i && ((state_q == StJoined) ? last_q
                                   : !any_i && (state_q == StRecorded || !needs_record));
  assign finished = known && finishes;

  assign row_o       = ended.row;
  assign joined_o    = joined_q;
  assign drain_tag_o = (state_q == StJoined) ? joined_q : ended.tag;

  assign done_valid_o = done;

  always_comb begin
    done_o        = '0;
    done_o.tag    = drain_tag_o;
    done_o.status = !ended.fault ? StatusSuccess : asks ? status_of(ended.cause)
                                                        : StatusUnsupported;
    if (request.page_request && ended.fault &&
        ended.cause != 12'(CAUSE_TTYPE_DISALLOWED)) done_o.status = StatusAbort;
    done_o.fault  = done_o.status != StatusSuccess;
    done_o.prpr   = ended.prpr;
    done_o.qos    = ended.qos;
    done_o.pa     = {ended.entry.ppn, request.iova[11:0]};
    if (!ended.fault && !ended.identity) begin
      done_o.pbmt       = ended.entry.pbmt;
      done_o.grant.size = ended.entry.size;
      done_o.msi     = ended.entry.msi && !ended.is_mrif;
      done_o.is_mrif = ended.is_mrif;
      done_o.mrif    = ended.mrif;
      if (ended.is_mrif) begin
        done_o.pa[11:0]    = {ended.mrif_low, 9'd0};
        done_o.mrif.offset = request.iova[11:0];
      end
    end
    if (asks) begin
      done_o.gpa_high   = ended.gpa_high;
      done_o.grant.priv = privilege;
      if (!ended.fault && ended.identity) begin
        done_o.grant.r = 1'b1;
        done_o.grant.w = 1'b1;
        done_o.grant.x = want.x;
      end else if (!ended.fault) begin
        done_o.grant.r            = ended.entry.r;
        done_o.grant.w            = ended.entry.w && ended.entry.d;
        done_o.grant.x            = ended.entry.r && ended.entry.x && want.x;
        done_o.grant.is_global    = ended.entry.is_global && request.pv &&
                                    !ended.entry.msi;
        done_o.grant.untranslated = ended.is_mrif;
      end
      if (!done_o.grant.r && !done_o.grant.w) begin
        done_o.grant      = '0;
        done_o.grant.priv = privilege;
      end
    end
  end

  // The fill is made a clock later. An invalidation in between drops it.
  logic         fill, fill_q;
  translation_t fill_entry_q;

  assign fill               = ended_valid && state_q == StLead && !filled_q && ended.fills &&
                              !ended.fault && !ended.identity && fills_i[ended.row[RowBits-1:0]];
  assign iotlb_fill_valid_o = fill_q;
  assign iotlb_fill_o       = fill_entry_q;

  always_comb begin
    fault_o.cause      = ended.cause;
    fault_o.ttyp       = request.page_request
                       ? 6'(TTYP_MESSAGE)
                       : transaction_type(request.ttype, request.access);
    fault_o.priv       = request.pv && request.priv;
    fault_o.pv         = request.pv;
    fault_o.process_id = request.pv ? request.process_id : '0;
    fault_o.device_id  = request.device_id;
    fault_o.iotval     = request.iova;
    fault_o.iotval2    = ended.iotval2;
    fault_o.colour     = colour;
  end

  logic unused;
  assign unused = want.enforced;

  assign again_valid_o   = again;
  assign again_tag_o     = joined_q;
  assign release_o       = finished;
  assign release_row_o   = ended.row;
  assign release_fault_o = ended.fault;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StLead;
      filled_q <= 1'b0;
      fill_q   <= 1'b0;
    end else begin
      state_q  <= state_d;
      fill_q   <= fill;
      filled_q <= ended_valid && state_q == StLead && !lead_answered;
    end
  end

  always_ff @(posedge clk_i) begin
    joined_q     <= joined_d;
    fill_entry_q <= ended.entry;
    last_q   <= joined_d == tail_i;
  end

`ifndef SYNTHESIS
  // A list cannot be longer than there are tags.
  int unsigned length_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      length_q <= 0;
    end else begin
      if (state_q != StJoined)                length_q <= 0;
      else if (known && done_ready_i)         length_q <= length_q + 1;
      a_acyclic:  assert (length_q < Cfg.Requests);
      a_room:     assert (!end_valid_i || ended_room);
      a_has_walk: assert (state_q == StLead || ended_valid);
    end
  end
`endif

endmodule
