// SPDX-License-Identifier: Apache-2.0
//
// Device and process contexts as the caches keep them, the translations that are made
// under them, and what an invalidation covers of both.

package iommu_context_pkg;

  import iommu_build_pkg::*;
  import iommu_pkg::*;

  // ------------------------------------------------------- device context
  // What the device-context cache keeps: a context that passed every check
  // (cause 259), reduced to what a translation needs.
  typedef struct packed {
    logic                  en_ats;
    logic                  en_pri;
    logic                  t2gpa;
    logic                  dtf;
    logic                  pdtv;
    logic                  prpr;
    logic                  gade;
    logic                  sade;
    logic                  dpe;
    logic                  sbe;
    logic                  sxl;
    logic [3:0]            gatp_mode;  // iohgatp.MODE
    logic [GscidWidth-1:0] gscid;
    logic [PpnWidth-1:0]   gatp_ppn;
    logic [PscidWidth-1:0] pscid;
    logic [3:0]            fsc_mode;   // iosatp.MODE, or pdtp.MODE with pdtv
    logic [PpnWidth-1:0]   fsc_ppn;
    qos_t                  qos;
    logic                  msi;        // msiptp.MODE is Flat
    logic [PpnWidth-1:0]   msi_ppn;
    logic [46:0]           msi_mask;   // of GPA[58:12]
    logic [46:0]           msi_pattern;
  } device_context_t;

  // What the process-context cache keeps: a context that passed every check
  // (cause 267), reduced likewise.
  typedef struct packed {
    logic                  ens;
    logic                  sum;
    logic [PscidWidth-1:0] pscid;
    logic [3:0]            fsc_mode;   // iosatp.MODE
    logic [PpnWidth-1:0]   fsc_ppn;
  } process_context_t;

  // Does a build take this mode? DC.fsc and PC.fsc as iosatp, DC.fsc as pdtp,
  // iohgatp; each with the encodings that SXL or GXL selects.
  function automatic logic is_first_stage_mode(cfg_t cfg, logic sxl, logic [3:0] mode);
    unique case (mode)
      4'd0:    return 1'b1;
      4'd8:    return sxl ? cfg.Sv32 : cfg.Sv39;
      4'd9:    return !sxl && cfg.Sv48;
      4'd10:   return !sxl && cfg.Sv57;
      default: return 1'b0;
    endcase
  endfunction

  function automatic logic is_directory_mode(cfg_t cfg, logic [3:0] mode);
    unique case (mode)
      4'd0:    return 1'b1;
      4'd1:    return cfg.Pd8;
      4'd2:    return cfg.Pd17;
      4'd3:    return cfg.Pd20;
      default: return 1'b0;
    endcase
  endfunction

  function automatic logic is_second_stage_mode(cfg_t cfg, logic gxl, logic [3:0] mode);
    unique case (mode)
      4'd0:    return 1'b1;
      4'd8:    return gxl ? cfg.Sv32x4 : cfg.Sv39x4;
      4'd9:    return !gxl && cfg.Sv48x4;
      4'd10:   return !gxl && cfg.Sv57x4;
      default: return 1'b0;
    endcase
  endfunction

  // Does the process directory decide on the first stage? Steps 9 to 13 of
  // "Process to translate an IOVA".
  function automatic logic needs_process(device_context_t device, request_t request);
    return device.pdtv && device.fsc_mode != 4'd0 && (request.pv || device.dpe) &&
           request.ttype != TypeTranslated;
  endfunction

  // The process context that counts: one from the directory, or what the device
  // context says in its place, or that the first stage is Bare.
  function automatic process_context_t effective_process(
    device_context_t device, request_t request, process_context_t pc
  );
    process_context_t effective;
    effective = '0;
    if (needs_process(device, request)) begin
      effective = pc;
    end else if (!device.pdtv && request.ttype != TypeTranslated) begin
      effective.pscid    = device.pscid;
      effective.fsc_mode = device.fsc_mode;
      effective.fsc_ppn  = device.fsc_ppn;
    end
    return effective;
  endfunction

  // Step 7: a process_id that pdtp.MODE has no room for.
  function automatic logic is_wide_process(
    device_context_t device, logic [ProcessIdWidth-1:0] process_id
  );
    unique case (device.fsc_mode)
      4'd1:    return process_id[ProcessIdWidth-1:8] != '0;
      4'd2:    return process_id[ProcessIdWidth-1:17] != '0;
      default: return 1'b0;
    endcase
  endfunction

  // Page of an MSI address: the mask names the bits that do not count.
  function automatic logic is_msi_page(device_context_t dc, logic [46:0] page);
    return dc.msi && ((page ^ dc.msi_pattern) & ~dc.msi_mask) == '0;
  endfunction

  // ------------------------------------------------------------ leaf entry
  // Who an entry belongs to. A global entry matches every PSCID. MSI page tables
  // are a device's own while GSCIDs are shared: with one, the device counts too.
  typedef struct packed {
    logic                     second_stage;
    logic                     first_stage;
    logic [GscidWidth-1:0]    gscid;
    logic [PscidWidth-1:0]    pscid;
    logic                     msi;         // the device has an MSI page table
    logic [DeviceIdWidth-1:0] device_id;   // counts with msi, otherwise 0
  } space_t;

  // The space of a device under a process context, or what stands in for that.
  function automatic space_t context_space(
    device_context_t dc, process_context_t pc, logic [DeviceIdWidth-1:0] device_id
  );
    space_t space;
    space.second_stage = dc.gatp_mode != 4'd0;
    space.first_stage  = pc.fsc_mode != 4'd0;
    space.gscid        = dc.gscid;
    space.pscid        = space.first_stage ? pc.pscid : '0;
    space.msi          = dc.msi;
    space.device_id    = dc.msi ? device_id : '0;
    return space;
  endfunction

  // An end-to-end translation as the IOTLB keeps it. Permissions, size and d are
  // those of both stages together; d is set where no stage has to set D. `leaf` is
  // the size of the first stage's page, or of the second's where that is alone, or
  // any that is bigger: an invalidation that names an address in that page covers
  // the entry, of which it may be another part.
  typedef struct packed {
    space_t              space;
    logic                is_global;
    logic [46:0]         vpn;       // iova[58:12]; what is above is its sign, or 0
    page_e               size;
    page_e               leaf;      // at least size
    logic [PpnWidth-1:0] ppn;       // of the page that holds the request
    logic [1:0]          pbmt;
    logic                msi;       // a page of an interrupt file
    logic                r;
    logic                w;
    logic                x;
    logic                u;         // of the first stage
    logic                d;
  } translation_t;

  // May this access use this entry? Anything else goes to a walk, which alone
  // decides on faults. Step 17 of "Process to translate an IOVA".
  function automatic logic permits(translation_t entry, access_e access, logic priv, logic sum);
    logic allowed, privilege;
    unique case (access)
      AccessRead:    allowed = entry.r;
      AccessWrite:   allowed = entry.w && entry.d;
      AccessExecute: allowed = entry.x;
      default:       allowed = 1'b0;
    endcase
    privilege = priv ? (!entry.u || (sum && access != AccessExecute)) : entry.u;
    return allowed && (privilege || !entry.space.first_stage);
  endfunction

  // Does an invalidation cover a translation of this space, whatever the
  // address? Section "IOMMU Page-Table cache invalidation commands".
  function automatic logic covers_space(inval_t inval, space_t space, logic is_global);
    unique case (inval.kind)
      InvalVma:
        return space.second_stage == inval.gv &&
               (!inval.gv || space.gscid == inval.gscid) &&
               (!inval.pscv || (!is_global && space.pscid == inval.pscid));
      InvalGvma:
        return space.second_stage && (!inval.gv || space.gscid == inval.gscid);
      default:
        return 1'b0;
    endcase
  endfunction

endpackage
