// SPDX-License-Identifier: Apache-2.0
//
// The lookup: three clocks, with Cfg.FastClock five; one request a clock, never stalls,
// never faults.
//
//   S0  with Cfg.FastClock alone: ids compared with those of the cached contexts
//   S1  device context of `request_i.device_id`, process context; ddtp.MODE
//   S2  route; IOTLB lines compared, their permissions; with Cfg.FastClock in another
//       clock which line that is
//   S3  IOTLB entry read: hit or miss
//
// Every request leaves S3 either as a hit, with its answer, or as a miss. A
// hit is what the caches allow beyond doubt; whatever needs a fault, a table, or
// a closer look (translation requests, addresses beyond what a stage translates)
// is a miss, and the walker decides. `hit_*_o` and `miss_*_o` are combinational
// from S3's registers.
//
// Races. A request reads three things in three clocks: its contexts in S1, the
// matching line in S2, the entry in S3.
// - With an S0 everything is a clock later, and so are the invalidations of contexts and
//   entries. A context that matched in S0 and is dropped or replaced in that clock is not
//   found in S1.
// - Between S1 and S2 a context may be invalidated or replaced, and between S2
//   and S3 the entry may be dropped: both were valid after the request was
//   accepted, hence newer than its colour, and an IOFENCE that must order it
//   waits for it. A request accepted in the clock of an invalidation, or later,
//   has its S1 after it and finds nothing that it covers, in any stage.
// - The old context's key with a new entry: keys name a space, not a device, so
//   an entry that the key matches is a right translation of that space.
// - The line matched in S2 taken by a fill in that clock would have S3 read
//   another page's entry: iommu_iotlb strikes the match out. A fill in S1 is seen
//   in S2, one in S3 is not seen: the request misses, and its own walk's fill
//   replaces the entry that came in between.
// - ddtp is read in S1 together with the context. Control drops all contexts when
//   it writes ddtp and waits for the old colour, which holds those that read the
//   old mode.

module iommu_lookup
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_walk_used_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic     clk_i,
  input  logic     rst_ni,

  input  ddtp_t    ddtp_i,
  input  qos_t     qosid_i,

  input  logic     valid_i,
  input  tag_t     tag_i,
  input  request_t request_i,

  output logic     hit_valid_o,
  output answer_t  hit_answer_o,
  output logic     miss_valid_o,
  output tag_t     miss_tag_o,

  input  logic     inval_valid_i,
  input  inval_t   inval_i,

  input  logic                     walk_next_i,
  input  logic [DeviceIdWidth-1:0] walk_device_id_i,
  output logic                     walk_hit_o,
  output device_context_t          walk_context_o,
  input  logic [ProcessIdWidth-1:0] walk_process_id_i,
  output logic                     walk_process_hit_o,
  output process_context_t         walk_process_o,

  input  logic                     device_fill_valid_i,
  input  logic [DeviceIdWidth-1:0] device_fill_id_i,
  input  device_context_t          device_fill_i,
  input  logic                     process_fill_valid_i,
  input  logic [DeviceIdWidth-1:0] process_fill_device_id_i,
  input  logic [ProcessIdWidth-1:0] process_fill_process_id_i,
  input  process_context_t         process_fill_i,
  input  logic                     iotlb_fill_valid_i,
  input  translation_t             iotlb_fill_i,

  output trace_t   trace_o
);

  // Where the answer comes from.
  typedef enum logic [1:0] {
    RouteWalk,      // a miss
    RouteIdentity,  // the address itself
    RouteIotlb
  } route_e;

  typedef struct packed {
    tag_t        tag;
    access_e     access;
    logic        priv;
    logic        sum;
    logic        device;      // device context found
    logic        passes;      // no stage counts
    logic        translates;  // the stages of `space` do
    space_t      space;
    qos_t        qos;
    logic [63:0] iova;
  } s2_t;

  typedef struct packed {
    tag_t               tag;
    logic               device;
    route_e             route;
    qos_t               qos;
    logic [PaWidth-1:0] iova;
  } s3_t;

  // ------------------------------------------------------------------ S1
  logic            device_hit;
  device_context_t context_s1, context_found, walk_found;
  logic            table_mode;
  logic            s1_valid, s2_valid_q;
  tag_t            s1_tag;
  request_t        s1_request;
  s2_t             s2_d, s2_q;

  if (Cfg.FastClock) begin : gen_context_clock
    logic     valid_q;
    tag_t     tag_q;
    request_t request_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else         valid_q <= valid_i;
    end

    always_ff @(posedge clk_i) begin
      tag_q     <= tag_i;
      request_q <= request_i;
    end

    assign s1_valid   = valid_q;
    assign s1_tag     = tag_q;
    assign s1_request = request_q;
  end else begin : gen_no_context_clock
    assign s1_valid   = valid_i;
    assign s1_tag     = tag_i;
    assign s1_request = request_i;
  end

  iommu_device_cache #(
    .Entries(Cfg.DeviceCacheEntries), .Registered(Cfg.FastClock)
  ) u_device_cache (
    .clk_i, .rst_ni,
    .lookup_valid_i   (valid_i),
    .lookup_id_i      (request_i.device_id),
    .lookup_hit_o     (device_hit),
    .lookup_context_o (context_found),
    .walk_next_i,
    .walk_id_i        (walk_device_id_i),
    .walk_hit_o,
    .walk_context_o   (walk_found),
    .fill_valid_i     (device_fill_valid_i),
    .fill_id_i        (device_fill_id_i),
    .fill_i           (device_fill_i),
    .inval_valid_i, .inval_i
  );

  assign context_s1     = used_device(Cfg, context_found);
  assign walk_context_o = used_device(Cfg, walk_found);

  // Process contexts, by the default process_id where there is none.
  logic             process_hit;
  process_context_t found_process;

  if (has_process_directory(Cfg)) begin : gen_process
    iommu_process_cache #(
      .Entries(Cfg.ProcessCacheEntries), .Registered(Cfg.FastClock)
    ) u_process_cache (
      .clk_i, .rst_ni,
      .lookup_valid_i      (valid_i),
      .lookup_device_id_i  (request_i.device_id),
      .lookup_process_id_i (request_i.pv ? request_i.process_id : '0),
      .lookup_hit_o        (process_hit),
      .lookup_context_o    (found_process),
      .walk_next_i,
      .walk_device_id_i,
      .walk_process_id_i,
      .walk_hit_o          (walk_process_hit_o),
      .walk_context_o      (walk_process_o),
      .fill_valid_i        (process_fill_valid_i),
      .fill_device_id_i    (process_fill_device_id_i),
      .fill_process_id_i   (process_fill_process_id_i),
      .fill_i              (process_fill_i),
      .inval_valid_i, .inval_i
    );
  end else begin : gen_no_process
    assign process_hit        = 1'b0;
    assign found_process      = '0;
    assign walk_process_hit_o = 1'b0;
    assign walk_process_o     = '0;

    logic unused;
    assign unused = ^{walk_process_id_i, process_fill_valid_i, process_fill_device_id_i,
                      process_fill_process_id_i, process_fill_i};
  end

  assign table_mode = ddtp_i.mode == Ddtp1Lvl || ddtp_i.mode == Ddtp2Lvl ||
                      ddtp_i.mode == Ddtp3Lvl;

  // What the contexts allow without a closer look. A translated access to be
  // executed wants to read as well, which entries do not tell apart.
  logic             untranslated, translated, wants_process, refused, known, found;
  process_context_t process_s1;

  assign untranslated  = s1_request.ttype == TypeUntranslated;
  assign translated    = Cfg.Ats && s1_request.ttype == TypeTranslated && context_s1.en_ats &&
                         !(context_s1.t2gpa && s1_request.access == AccessExecute);
  assign refused       = s1_request.pv &&
                         (!context_s1.pdtv || is_wide_process(context_s1, s1_request.process_id));
  assign wants_process = has_process_directory(Cfg) && needs_process(context_s1, s1_request);
  assign known         = !wants_process ||
                         (process_hit && (found_process.ens || !(s1_request.pv && s1_request.priv)));
  assign process_s1    = used_process(Cfg, context_s1,
                                      effective_process(context_s1, s1_request, found_process));
  assign found         = table_mode && device_hit && (untranslated || translated) &&
                         !refused && known;

  always_comb begin
    s2_d            = '0;
    s2_d.tag        = s1_tag;
    s2_d.access     = s1_request.access;
    s2_d.priv       = s1_request.pv && s1_request.priv;
    s2_d.sum        = process_s1.sum;
    s2_d.device     = table_mode && device_hit;
    s2_d.space      = context_space(context_s1, process_s1, s1_request.device_id);
    // Without a first stage there is nothing to look up then.
    if (!has_second_stage(Cfg) && !has_process_directory(Cfg)) s2_d.space.pscid = context_s1.pscid;
    s2_d.passes     = (ddtp_i.mode == DdtpBare && untranslated) ||
                      (found && (untranslated ? !s2_d.space.first_stage && !s2_d.space.second_stage
                                              : !context_s1.t2gpa));
    s2_d.translates = found;
    s2_d.qos        = !Cfg.QosId ? '0 : ddtp_i.mode == DdtpBare ? qosid_i : context_s1.qos;
    s2_d.iova       = s1_request.iova;
  end

  // ------------------------------------------------------------------ S2
  logic   extended, physical;
  route_e route;
  logic   s3_valid_q, s3_next_valid;
  s3_t    s3_d, s3_next, s3_q;

  // The IOTLB compares bits 58:12; those above are the sign for a first stage and
  // zero for a second. What else an address must be is so of every entry.
  assign extended = s2_q.iova[63:59] == (s2_q.space.first_stage ? {5{s2_q.iova[58]}} : 5'd0);
  assign physical = s2_q.iova[63:PaWidth] == '0;

  always_comb begin
    route = RouteWalk;
    if (s2_q.passes) begin
      if (physical) route = RouteIdentity;
    end else if (s2_q.translates) begin
      if (extended) route = RouteIotlb;
    end
  end

  assign s3_d = '{
    tag:    s2_q.tag,
    device: s2_q.device,
    route:  route,
    qos:    s2_q.qos,
    iova:   s2_q.iova[PaWidth-1:0]
  };

  // ------------------------------------------------------------------ S3
  logic                permitted, hit, entry_msi;
  page_e               entry_size;
  logic [PpnWidth-1:0] entry_ppn, mask, ppn;
  logic [1:0]          entry_pbmt;

  iommu_iotlb #(.Entries(Cfg.IotlbEntries), .FastClock(Cfg.FastClock)) u_iotlb (
    .clk_i, .rst_ni,
    .lookup_space_i  (s2_q.space),
    .lookup_vpn_i    (s2_q.iova[58:12]),
    .lookup_access_i (s2_q.access),
    .lookup_priv_i   (s2_q.priv),
    .lookup_sum_i    (s2_q.sum),
    .permitted_o     (permitted),
    .size_o          (entry_size),
    .ppn_o           (entry_ppn),
    .pbmt_o          (entry_pbmt),
    .msi_o           (entry_msi),
    .used_i          (s3_valid_q && s3_q.route == RouteIotlb),
    .fill_valid_i    (iotlb_fill_valid_i),
    .fill_i          (iotlb_fill_i),
    .inval_valid_i,
    .inval_i
  );

  assign mask = page_mask(entry_size);
  assign ppn  = (entry_ppn & mask) | (s3_q.iova[PaWidth-1:12] & ~mask);

  always_comb begin
    unique case (s3_q.route)
      RouteIdentity: hit = 1'b1;
      RouteIotlb:    hit = permitted;
      default:       hit = 1'b0;
    endcase
  end

  assign hit_valid_o  = s3_valid_q && hit;

  always_comb begin
    hit_answer_o        = '0;
    hit_answer_o.tag    = s3_q.tag;
    hit_answer_o.status = StatusSuccess;
    hit_answer_o.qos    = s3_q.qos;
    if (s3_q.route == RouteIdentity) begin
      hit_answer_o.pa   = s3_q.iova;
    end else begin
      hit_answer_o.pa   = {ppn, s3_q.iova[11:0]};
      hit_answer_o.grant.size = entry_size;
      hit_answer_o.pbmt = entry_pbmt;
      hit_answer_o.msi  = entry_msi;
    end
  end

  assign miss_valid_o = s3_valid_q && !hit;
  assign miss_tag_o   = s3_q.tag;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
    end else begin
      s2_valid_q <= s1_valid;
      s3_valid_q <= s3_next_valid;
    end
  end

  always_ff @(posedge clk_i) begin
    s2_q <= s2_d;
    s3_q <= s3_next;
  end

  // The second clock of S2.
  if (Cfg.FastClock) begin : gen_line_clock
    logic valid_q;
    s3_t  next_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) valid_q <= 1'b0;
      else         valid_q <= s2_valid_q;
    end

    always_ff @(posedge clk_i) next_q <= s3_d;

    assign s3_next_valid = valid_q;
    assign s3_next       = next_q;
  end else begin : gen_no_line_clock
    assign s3_next_valid = s2_valid_q;
    assign s3_next       = s3_d;
  end

  always_comb begin
    trace_o               = '0;
    trace_o.lookup        = s3_valid_q;
    trace_o.lookup_tag    = s3_q.tag;
    trace_o.lookup_device = s3_q.device;
    trace_o.lookup_hit    = hit;
  end

endmodule
