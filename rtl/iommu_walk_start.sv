// SPDX-License-Identifier: Apache-2.0
//
// The decision of W3: steps 1 to 17 of "Process to translate an IOVA", up to the
// first read of a walk. Combinational; with Cfg.FastClock what was in W3 in the clock
// before is decided on.
//
// Exactly one of `read_o`, `guest_o` and `finish_o` is set. Without a context the
// walk goes to the device directory; with `resume_i`, that walk has brought the
// context and comes here again, under the configuration it began with. So it does
// with a process context. With
// `guest_o` the second stage comes first: iommu_walk_guest translates the
// guest-physical address in `state_o`.

module iommu_walk_start
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic            clk_i,
  input  ddtp_t           ddtp_i,
  input  qos_t            qosid_i,          // where no context has ids
  input  row_t            row_i,
  input  walk_origin_t    origin_i,
  input  logic            resume_i,
  input  logic            context_valid_i,
  input  walk_context_t   context_i,
  input  logic            process_known_i,   // context_i.pc counts

  // What the walk cache knows of the way.
  input  logic                cache_hit_i,
  input  logic [1:0]          cache_level_i,
  input  logic                cache_global_i,
  input  logic [PpnWidth-1:0] cache_ppn_i,

  output logic        read_o,
  output mem_read_t   read_request_o,
  output walk_state_t state_o,
  output logic        guest_o,
  output logic        finish_o,
  output walk_end_t   end_o
);

  localparam bit Nested    = has_second_stage(Cfg);
  localparam bit Processes = has_process_directory(Cfg);

  request_t         request;
  device_context_t  dc;
  process_context_t pc;

  assign request = origin_i.request;
  assign dc      = context_i.dc;
  assign pc      = context_i.pc;

  // Steps 2 to 5: the directory's width.
  logic       too_wide;
  logic [2:0] directory_level;
  logic [8:0] ddi2, ddi1;

  assign ddi2 = Cfg.MsiFlat ? request.device_id[23:15] : {1'b0, request.device_id[23:16]};
  assign ddi1 = Cfg.MsiFlat ? request.device_id[14:6] : request.device_id[15:7];

  always_comb begin
    unique case (ddtp_i.mode)
      Ddtp1Lvl: begin
        too_wide        = ddi2 != '0 || ddi1 != '0;
        directory_level = 3'd0;
      end
      Ddtp2Lvl: begin
        too_wide        = ddi2 != '0;
        directory_level = 3'd1;
      end
      default: begin
        too_wide        = 1'b0;
        directory_level = 3'd2;
      end
    endcase
  end

  // Step 7: translated and translation requests want ATS, and a process_id wants a
  // process directory with room for it. Steps 8 and 9: a translated address passes,
  // unless it is a guest's. Step 15: privilege wants ENS.
  logic disallowed, passes, privileged, of_process;

  assign disallowed = (request.ttype != TypeUntranslated && !(Cfg.Ats && dc.en_ats)) ||
                      request.ttype == TypeReserved ||
                      (request.pv && (!dc.pdtv || (Processes && is_wide_process(dc, request.process_id))));
  assign passes     = Cfg.Ats && request.ttype == TypeTranslated && !dc.t2gpa;
  assign privileged = request.pv && request.priv;
  assign of_process = Processes && needs_process(dc, request);

  // Step 17: the address must be the sign extension of what the mode translates, or
  // have 32 bits.
  logic       nested, narrow, canonical;
  logic       cached;   // the walk cache knows of a table
  logic [2:0] root;

  assign nested = Nested && dc.gatp_mode != 4'(IOHGATP_MODE_BARE);
  assign narrow = Cfg.Sv32 && dc.sxl;
  assign root   = root_level(pc.fsc_mode, narrow);
  assign cached = cache_hit_i && !narrow;

  always_comb begin
    unique case (pc.fsc_mode)
      4'(IOSATP_MODE_SV39): canonical = request.iova[63:38] == {26{request.iova[38]}};
      4'(IOSATP_MODE_SV48): canonical = request.iova[63:47] == {17{request.iova[47]}};
      default:              canonical = request.iova[63:56] == {8{request.iova[56]}};
    endcase
    if (narrow) canonical = request.iova[63:32] == '0;
  end

  typedef enum logic [2:0] {
    GoFault,
    GoIdentity,
    GoDirectory,
    GoProcess,
    GoTables
  } way_e;

  way_e        way;
  logic [11:0] cause;
  logic        context_known;
  logic        masked;         // by DC.tc.DTF; 0 until there is a context
  logic        guest;          // the fault is the second stage's
  logic        first_bare;

  assign context_known = resume_i || context_valid_i;
  assign first_bare    = pc.fsc_mode == 4'(IOSATP_MODE_BARE);

  always_comb begin
    way    = GoFault;
    cause  = 12'(CAUSE_TTYPE_DISALLOWED);
    masked = 1'b0;
    guest  = 1'b0;
    if (!resume_i && ddtp_i.mode == DdtpOff) begin
      cause = 12'(CAUSE_ALL_INBOUND_DISALLOWED);
    end else if (!resume_i && ddtp_i.mode == DdtpBare) begin
      if (request.ttype == TypeUntranslated) way = GoIdentity;
    end else if (!resume_i && too_wide) begin
      way = GoFault;
    end else if (!context_known) begin
      way = GoDirectory;
    end else begin
      masked = dc.dtf;
      if (Cfg.Ats && request.page_request) begin
        // Section "PCIe ATS Page Request handling"; EN_PRI implies EN_ATS.
        if (dc.en_pri) way = GoIdentity;
      end else if (disallowed) begin
        way = GoFault;
      end else if (passes) begin
        way = GoIdentity;
      end else if (of_process && !process_known_i) begin
        way = GoProcess;
      end else if (of_process && privileged && !pc.ens) begin
        way = GoFault;
      end else if (first_bare && !nested) begin
        way = GoIdentity;
      end else if (first_bare && request.iova[63:59] != '0) begin
        cause = guest_page_fault(request.access);
        guest = 1'b1;
      end else if (!first_bare && !canonical) begin
        cause = page_fault(request.access);
      end else begin
        way = GoTables;
      end
    end
    // An address that no bus can carry is one that no memory is at.
    if (way == GoIdentity && request.iova[63:PaWidth] != '0) begin
      way   = GoFault;
      cause = access_fault(request.access);
    end
  end

  // With the directory that it was made by: `ddtp` may change.
  typedef struct packed {
    way_e                way;
    logic [11:0]         cause;
    logic                masked;
    logic                guest;
    logic [2:0]          level;
    logic [PpnWidth-1:0] directory;
  } decision_t;

  decision_t decision, decided;

  assign decision = '{way: way, cause: cause, masked: masked, guest: guest,
                      level: directory_level, directory: ddtp_i.ppn};

  if (Cfg.FastClock) begin : gen_decision_clock
    decision_t decision_q;

    always_ff @(posedge clk_i) decision_q <= decision;

    assign decided = decision_q;
  end else begin : gen_decision
    assign decided = decision;

    logic unused_clk;
    assign unused_clk = clk_i;
  end

  // The root of the process directory.
  logic [2:0]         process_level;
  logic [PaWidth-1:0] process_root;

  always_comb begin
    unique case (dc.fsc_mode)
      4'(PDTP_MODE_PD8):  process_level = 3'd0;
      4'(PDTP_MODE_PD17): process_level = 3'd1;
      default:            process_level = 3'd2;
    endcase
  end

  assign process_root = process_address(dc.fsc_ppn, process_level, request);

  // Where the walk of page tables begins: as far down as the walk cache knows, or
  // at a root, whose address the second stage translates if there is one.
  logic [2:0]          level;
  logic [PpnWidth-1:0] base;

  assign level   = cached ? {1'b0, cache_level_i} : root;
  assign base    = cached ? cache_ppn_i : pc.fsc_ppn;
  assign guest_o  = nested && (decided.way == GoProcess ||
                               (decided.way == GoTables && (first_bare || !cached)));
  assign finish_o = decided.way == GoFault || decided.way == GoIdentity;
  assign read_o   = !finish_o && !guest_o;

  // What is read first, and what the second stage is asked for before that, have
  // fields of their own. Which way it would be is told by what is known early.
  logic [PaWidth-1:0] root_address;

  assign root_address = entry_address(pc.fsc_ppn, root, request.iova[58:0], 1'b0,
                                      pc.fsc_mode, narrow);

  always_comb begin
    state_o       = '0;
    state_o.first = bare_leaf();
    if (!context_known) begin
      read_request_o = directory_read(row_i, decided.directory, decided.level,
                                      request.device_id, Cfg.MsiFlat);
      state_o.phase  = (decided.level == 3'd0) ? PhaseContext : PhaseDirectory;
      state_o.level  = decided.level;
      state_o.base   = decided.directory;
    end else if (of_process && !process_known_i) begin
      read_request_o  = process_read(row_i, process_root, process_level);
      state_o.phase   = (process_level == 3'd0) ? PhaseOwner : PhaseProcess;
      state_o.level   = process_level;
      state_o.base    = dc.fsc_ppn;
      state_o.nested  = nested;
      state_o.purpose = ForDirectory;
      state_o.upper   = process_level;
      state_o.gpa     = 59'(process_root);
    end else begin
      read_request_o    = word_read(row_i, entry_address(base, level, request.iova[58:0], 1'b0,
                                                         pc.fsc_mode, narrow), 1'b0);
      state_o.phase     = PhasePte;
      state_o.level     = level;
      state_o.is_global = cached && cache_global_i && !first_bare;
      state_o.base      = base;
      state_o.nested    = nested;
      state_o.cached    = nested && cached && !first_bare;
      state_o.purpose   = first_bare ? ForAccess : ForEntry;
      state_o.upper     = root;
      state_o.gpa       = first_bare ? request.iova[58:0] : 59'(root_address);
    end
  end

  always_comb begin
    end_o           = '0;
    end_o.row       = row_i;
    end_o.tag       = origin_i.tag;
    end_o.fault     = decided.way == GoFault;
    end_o.report    = !decided.masked;  // no cause found with a context is exempt
    end_o.cause     = decided.cause;
    end_o.qos       = !Cfg.QosId ? '0 : context_known ? dc.qos : qosid_i;
    end_o.prpr      = Cfg.Ats && context_known && dc.prpr;
    end_o.iotval2   = decided.guest ? guest_address(request.iova, ForAccess) : '0;
    end_o.identity  = decided.way == GoIdentity;
    end_o.entry.ppn = request.iova[PaWidth-1:12];
  end

endmodule
