// SPDX-License-Identifier: Apache-2.0
//
// Translation requests go to the core beside those of the AXI front end, and its
// answers become translation completions: one translation each, with its range in
// the encoding of S. Depth of them are under way at most; each has a place for its
// completion, so that answers are always taken.
//
// A clock in which a translation request is offered is lost to the front end.

module iommu_pcie_ats
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_pcie_pkg::*;
#(
  parameter int unsigned Requests = 128,     // tags of the core
  parameter int unsigned Depth    = 16,
  parameter int unsigned Rcb      = 64
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [15:0]        completer_id_i,

  input  logic               translate_valid_i,
  output logic               translate_ready_o,
  input  access_t            translate_i,

  output logic               tlp_valid_o,
  input  logic               tlp_ready_i,
  output header_t            tlp_o,
  output logic [63:0]        tlp_data_o,
  output logic               tlp_has_data_o,

  // The AXI front end
  input  logic               front_valid_i,
  output logic               front_ready_o,
  input  request_t           front_i,
  input  bucket_t            front_bucket_i,
  output logic               front_answer_o,     // the answer is one of its
  input  logic               front_free_i,
  input  tag_t               front_free_tag_i,

  // The core
  output logic               req_valid_o,
  input  logic               req_ready_i,
  output request_t           req_o,
  output bucket_t            req_bucket_o,
  input  logic [Buckets-1:0] req_refused_i,
  input  tag_t               req_tag_i,
  input  logic               answer_valid_i,
  input  answer_t            answer_i,
  output logic               free_valid_o,
  output tag_t               free_tag_o
);

  localparam int unsigned IndexWidth = $clog2(Requests);
  localparam int unsigned CountWidth = $clog2(Depth + 1);

  typedef struct packed {
    origin_t     origin;
    cpl_status_e status;
    logic [63:0] entry;
  } completion_t;

  logic [Requests-1:0]   own_q;
  logic [CountWidth-1:0] under_way_q;
  logic                  turn_q, turn_d, offered, accepted, answered, sent;
  request_t              request;
  bucket_t               bucket;
  origin_t               origin;
  completion_t           answer, leaving;
  logic                  place_unused, tag_place_unused, freed_valid;
  tag_t                  freed_tag;

  // ---------------------------------------------------------------- requests
  always_comb begin
    request.ttype        = TypeTranslationRequest;
    request.access       = translate_i.exec ? AccessExecute : AccessRead;
    request.priv         = translate_i.priv;
    request.pv           = translate_i.pv;
    request.process_id   = translate_i.process_id;
    request.device_id    = translate_i.origin.device_id;
    request.no_write     = translate_i.no_write;
    request.debug        = 1'b0;
    request.page_request = 1'b0;
    request.iova         = translate_i.addr;
  end

  logic translate_unused;
  assign translate_unused = ^{translate_i.ttype, translate_i.dwords, translate_i.first_be,
                              translate_i.last_be};

  assign bucket   = bucket_of(request.device_id);
  assign offered  = turn_q && !req_refused_i[bucket];
  assign accepted = offered && req_ready_i;

  always_comb begin
    if (turn_q) turn_d = offered && !accepted;
    else        turn_d = translate_valid_i && under_way_q != CountWidth'(Depth);
  end

  assign translate_ready_o = accepted;
  assign req_valid_o       = turn_q ? offered : front_valid_i;
  assign req_o             = turn_q ? request : front_i;
  assign req_bucket_o      = turn_q ? bucket : front_bucket_i;
  assign front_ready_o     = req_ready_i && !turn_q;

  // ----------------------------------------------------------------- answers
  assign answered       = answer_valid_i && own_q[answer_i.tag[IndexWidth-1:0]];
  assign front_answer_o = answer_valid_i && !own_q[answer_i.tag[IndexWidth-1:0]];

  lut_ram #(.T(origin_t), .Depth(Requests)) u_origins (
    .clk_i,
    .write_i       (accepted),
    .write_index_i (req_tag_i[IndexWidth-1:0]),
    .write_data_i  (translate_i.origin),
    .read_index_i  (answer_i.tag[IndexWidth-1:0]),
    .read_data_o   (origin)
  );

  // The address of a range has ones below the highest bit of its offset.
  logic [51:0] page, below;

  always_comb begin
    below        = ~({8'hff, page_mask(answer_i.grant.size)});
    page         = ({5'b0, answer_i.gpa_high, answer_i.pa[PaWidth-1:12]} & ~below) | (below >> 1);
    answer.origin = origin;
    unique case (answer_i.status)
      StatusSuccess: answer.status = CplSuccess;
      StatusAbort:   answer.status = CplAbort;
      default:       answer.status = CplUnsupported;
    endcase
    answer.entry = {page, answer_i.grant.size != Page4K, 1'b0, 4'b0,
                    answer_i.grant.is_global, answer_i.grant.priv, answer_i.grant.x,
                    answer_i.grant.untranslated, answer_i.grant.w, answer_i.grant.r};
  end

  logic answer_unused;
  assign answer_unused = ^{answer_i.fault, answer_i.pa[11:0], answer_i.pbmt, answer_i.msi,
                           answer_i.is_mrif, answer_i.mrif, answer_i.prpr, answer_i.qos,
                           answer_i.tag};

  stream_fifo #(.T(completion_t), .Depth(Depth)) u_completions (
    .clk_i, .rst_ni,
    .valid_i (answered),
    .ready_o (place_unused),     // a place for each that is under way
    .data_i  (answer),
    .valid_o (tlp_valid_o),
    .ready_i (tlp_ready_i),
    .data_o  (leaving)
  );

  assign sent           = tlp_valid_o && tlp_ready_i;
  assign tlp_has_data_o = leaving.status == CplSuccess;
  assign tlp_data_o     = network_order(leaving.entry);
  assign tlp_o          = completion_header(completer_id_i, leaving.origin, leaving.status, 12'd8,
                                            7'(Rcb - 8), tlp_has_data_o ? 11'd2 : 11'd0);

  // -------------------------------------------------------------------- tags
  stream_fifo #(.T(tag_t), .Depth(Depth)) u_freed (
    .clk_i, .rst_ni,
    .valid_i (answered),
    .ready_o (tag_place_unused),
    .data_i  (answer_i.tag),
    .valid_o (freed_valid),
    .ready_i (!front_free_i),
    .data_o  (freed_tag)
  );

  assign free_valid_o = front_free_i || freed_valid;
  assign free_tag_o   = front_free_i ? front_free_tag_i : freed_tag;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q      <= 1'b0;
      own_q       <= '0;
      under_way_q <= '0;
    end else begin
      turn_q <= turn_d;
      if (req_valid_o && req_ready_i) own_q[req_tag_i[IndexWidth-1:0]] <= turn_q;
      under_way_q <= under_way_q + CountWidth'(accepted) - CountWidth'(sent);
    end
  end

endmodule
