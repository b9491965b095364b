// SPDX-License-Identifier: Apache-2.0
//
// The decision of W3: steps 1 to 17 of "Process to translate an IOVA", up to the
// first read of a walk. Combinational.
//
// Exactly one of `read_o` and `finish_o` is set. Without a context the walk goes
// to the device directory; with `resume_i`, that walk has brought the context
// and comes here again, under the configuration it began with.

module iommu_walk_start
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  ddtp_t           ddtp_i,
  input  qos_t            qosid_i,          // of accesses to the device directory
  input  row_t            row_i,
  input  walk_origin_t    origin_i,
  input  logic            resume_i,
  input  logic            context_valid_i,
  input  device_context_t context_i,

  // What the walk cache knows of the way.
  input  logic                cache_hit_i,
  input  logic [1:0]          cache_level_i,
  input  logic                cache_global_i,
  input  logic [PpnWidth-1:0] cache_ppn_i,

  output logic        read_o,
  output mem_read_t   read_request_o,
  output walk_state_t state_o,
  output logic        finish_o,
  output walk_end_t   end_o
);

  request_t request;
  assign request = origin_i.request;

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

  // Step 7: ATS is not enabled in any context, and a process_id needs a process
  // directory. Steps 10 to 13: a process directory is Bare if it is on at all.
  logic disallowed, untranslated;

  assign untranslated = request.ttype == TypeUntranslated;
  assign disallowed   = !untranslated || (request.pv && !context_i.pdtv);

  // Step 17: the address must be the sign extension of what the mode translates.
  logic       canonical;
  logic [2:0] root_level;

  always_comb begin
    unique case (context_i.fsc_mode)
      4'(IOSATP_MODE_SV39): begin
        canonical  = request.iova[63:38] == {26{request.iova[38]}};
        root_level = 3'd2;
      end
      4'(IOSATP_MODE_SV48): begin
        canonical  = request.iova[63:47] == {17{request.iova[47]}};
        root_level = 3'd3;
      end
      default: begin
        canonical  = request.iova[63:56] == {8{request.iova[56]}};
        root_level = 3'd4;
      end
    endcase
  end

  typedef enum logic [1:0] {
    GoFault,
    GoIdentity,
    GoDirectory,
    GoPages
  } way_e;

  way_e        way;
  logic [11:0] cause;
  logic        context_known;
  logic        masked;         // by DC.tc.DTF; 0 until there is a context

  assign context_known = resume_i || context_valid_i;

  always_comb begin
    way    = GoFault;
    cause  = 12'(CAUSE_TTYPE_DISALLOWED);
    masked = 1'b0;
    if (!resume_i && ddtp_i.mode == DdtpOff) begin
      cause = 12'(CAUSE_ALL_INBOUND_DISALLOWED);
    end else if (!resume_i && ddtp_i.mode == DdtpBare) begin
      if (untranslated) way = GoIdentity;
    end else if (!resume_i && too_wide) begin
      way = GoFault;
    end else if (!context_known) begin
      way = GoDirectory;
    end else begin
      masked = context_i.dtf;
      if (Cfg.Ats && request.page_request) begin
        // Section "PCIe ATS Page Request handling"; EN_PRI implies EN_ATS.
        if (context_i.en_pri) way = GoIdentity;
      end else if (disallowed) begin
        way = GoFault;
      end else if (context_i.fsc_mode == 4'(IOSATP_MODE_BARE)) begin
        way = GoIdentity;
      end else if (!canonical) begin
        cause = page_fault(request.access);
      end else begin
        way = GoPages;
      end
    end
    // An address that no bus can carry is one that no memory is at.
    if (way == GoIdentity && request.iova[63:PaWidth] != '0) begin
      way   = GoFault;
      cause = access_fault(request.access);
    end
  end

  // Where the pages' walk begins.
  logic [2:0]          level;
  logic [PpnWidth-1:0] base;

  assign level = cache_hit_i ? {1'b0, cache_level_i} : root_level;
  assign base  = cache_hit_i ? cache_ppn_i : context_i.fsc_ppn;

  assign read_o   = way == GoDirectory || way == GoPages;
  assign finish_o = !read_o;

  always_comb begin
    state_o = '0;
    if (way == GoDirectory) begin
      read_request_o = directory_read(row_i, ddtp_i.ppn, directory_level,
                                      request.device_id, Cfg.MsiFlat);
      read_request_o.qos = qosid_i;
      state_o.phase  = (directory_level == 3'd0) ? PhaseContext : PhaseDirectory;
      state_o.level  = directory_level;
      state_o.base   = ddtp_i.ppn;
    end else begin
      read_request_o    = pte_read(row_i, base, level, request.iova, 1'b0);
      read_request_o.qos = Cfg.QosId ? context_i.qos : '0;
      state_o.phase     = PhasePte;
      state_o.level     = level;
      state_o.dtf       = context_i.dtf;
      state_o.sade      = context_i.sade;
      state_o.is_global = cache_hit_i && cache_global_i;
      state_o.pscid     = context_i.pscid;
      state_o.base      = base;
    end
  end

  always_comb begin
    end_o           = '0;
    end_o.row       = row_i;
    end_o.tag       = origin_i.tag;
    end_o.fault     = way == GoFault;
    end_o.report    = !masked;  // no cause found with a context is exempt
    end_o.cause     = cause;
    end_o.prpr      = Cfg.Ats && context_known && context_i.prpr;
    end_o.identity  = way == GoIdentity;
    end_o.entry.ppn = request.iova[PaWidth-1:12];
  end

endmodule
