// SPDX-License-Identifier: Apache-2.0
//
// What a build makes use of. Contexts and the states of walks go in circles,
// through registers and RAMs, in which synthesis cannot see that a bit never
// changes; these functions say it. Each gives back what it is given, of anything
// that the checks of this build let pass.

package iommu_walk_used_pkg;

  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;

  // Modes 0 and 8 are the only ones: Bare and three levels.
  function automatic logic [3:0] used_mode(logic [3:0] mode, bit more);
    return more ? mode : {mode[3], 3'd0};
  endfunction

  function automatic device_context_t used_device(cfg_t cfg, device_context_t dc);
    device_context_t used;
    used = dc;
    if (!cfg.Ats) begin
      used.en_ats = 1'b0;
      used.en_pri = 1'b0;
      used.prpr   = 1'b0;
    end
    if (!cfg.T2gpa) used.t2gpa = 1'b0;
    if (!cfg.AmoHwad) begin
      used.gade = 1'b0;
      used.sade = 1'b0;
    end
    if (!cfg.BothEndian) used.sbe = 1'b0;
    if (!cfg.Gxl)        used.sxl = 1'b0;
    if (!cfg.QosId)      used.qos = '0;
    if (!has_process_directory(cfg)) begin
      used.dpe      = 1'b0;
      used.fsc_mode = used_mode(dc.fsc_mode, cfg.Sv48 || cfg.Sv57);
    end
    used.gatp_mode = used_mode(dc.gatp_mode, cfg.Sv48x4 || cfg.Sv57x4);
    if (!has_second_stage(cfg)) begin
      used.gatp_mode = '0;
      used.gatp_ppn  = '0;
      used.gscid     = '0;
    end
    if (!cfg.MsiFlat) begin
      used.msi         = 1'b0;
      used.msi_ppn     = '0;
      used.msi_mask    = '0;
      used.msi_pattern = '0;
    end
    return used;
  endfunction

  // Without a process directory the first stage is the device context's, also
  // where that asks for a directory: then it is Bare. Translated requests, which
  // have none, are refused without ATS.
  function automatic process_context_t used_process(
    cfg_t cfg, device_context_t dc, process_context_t pc
  );
    process_context_t used;
    used = pc;
    if (!has_process_directory(cfg) && !cfg.Ats) begin
      used          = '0;
      used.pscid    = dc.pscid;
      used.fsc_mode = dc.fsc_mode;
      used.fsc_ppn  = dc.fsc_ppn;
    end
    return used;
  endfunction

  function automatic walk_context_t used_context(cfg_t cfg, walk_context_t context_i);
    walk_context_t used;
    used.dc = used_device(cfg, context_i.dc);
    used.pc = used_process(cfg, used.dc, context_i.pc);
    return used;
  endfunction

  function automatic walk_phase_e used_phase(cfg_t cfg, walk_phase_e phase);
    return (cfg.AmoHwad || has_process_directory(cfg) || (has_second_stage(cfg) && cfg.MsiFlat))
         ? phase : walk_phase_e'({2'd0, phase[1:0]});
  endfunction

  function automatic logic [2:0] used_level(cfg_t cfg, logic [2:0] level);
    return (cfg.Sv57 || cfg.Sv57x4) ? level : {1'b0, level[1:0]};
  endfunction

  function automatic walk_state_t used_state(cfg_t cfg, walk_state_t state);
    walk_state_t used;
    used       = state;
    used.phase = used_phase(cfg, state.phase);
    used.level = used_level(cfg, state.level);
    used.upper = used_level(cfg, state.upper);
    if (!cfg.AmoHwad) begin
      used.tries  = '0;
      used.cached = 1'b0;
    end
    if (!cfg.AmoHwad && !has_process_directory(cfg)) begin
      used.purpose = purpose_e'({1'b0, state.purpose[0]});
    end
    if (!has_second_stage(cfg)) begin
      used.nested = 1'b0;
      used.second = 1'b0;
    end
    if (!cfg.Svpbmt) used.first.pbmt = 2'(PBMT_PMA);
    if (!(has_second_stage(cfg) && cfg.MsiFlat)) used.limit = Page256T;
    return used;
  endfunction

  // Of a page that some stage maps.
  function automatic page_e used_size(cfg_t cfg, page_e size);
    return (cfg.Sv48 || cfg.Sv57 || cfg.Sv48x4 || cfg.Sv57x4) ? size : page_e'({1'b0, size[1:0]});
  endfunction

  // Causes have nine bits; bits above are for custom use.
  function automatic walk_end_t used_end(cfg_t cfg, walk_end_t ended);
    walk_end_t used;
    bit        msi;
    msi              = has_second_stage(cfg) && cfg.MsiFlat;
    used             = ended;
    used.cause       = {3'd0, ended.cause[8:0]};
    used.entry.size  = used_size(cfg, ended.entry.size);
    used.entry.leaf  = used_size(cfg, ended.entry.leaf);
    if (!cfg.Ats)                   used.prpr       = 1'b0;
    if (!cfg.QosId)                 used.qos        = '0;
    if (!cfg.Svpbmt)                used.entry.pbmt = 2'(PBMT_PMA);
    if (!msi && !cfg.T2gpa)         used.fills      = 1'b1;
    if (!has_process_directory(cfg)) used.sum       = 1'b0;
    if (!msi) begin
      used.is_mrif               = 1'b0;
      used.mrif_low              = '0;
      used.mrif                  = '0;
      used.entry.msi             = 1'b0;
      used.entry.space.msi       = 1'b0;
      used.entry.space.device_id = '0;
    end
    return used;
  endfunction

endpackage
