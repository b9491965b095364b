// SPDX-License-Identifier: Apache-2.0
//
// Types shared by the modules of the IOMMU: the build configuration, and what
// travels between front end, core, walker, control and memory port. Names and
// widths are those of the RISC-V IOMMU specification. Register offsets, causes
// and field positions, which software needs too, are in iommu_constants_pkg.

package iommu_pkg;

  // ---------------------------------------------------------------- widths
  localparam int unsigned DeviceIdWidth  = 24;
  localparam int unsigned ProcessIdWidth = 20;
  localparam int unsigned PaWidth        = 56;  // a PTE's PPN and 12 bits of offset
  localparam int unsigned PpnWidth       = 44;
  localparam int unsigned PscidWidth     = 20;
  localparam int unsigned GscidWidth     = 16;
  localparam int unsigned QosIdWidth     = 12;  // RCID and MCID
  localparam int unsigned TagWidth       = 8;   // names a request in flight: up to 256
  localparam int unsigned RowWidth       = 6;   // names a walk in flight: up to 64
  localparam int unsigned MemIdWidth     = 8;   // AXI ID on the memory port

  typedef logic [TagWidth-1:0] tag_t;
  typedef logic [RowWidth-1:0] row_t;

  // IDs on the memory port. Walk row n reads and writes under ID n.
  localparam logic [MemIdWidth-1:0] MemIdCommandQueue = 8'h40;
  localparam logic [MemIdWidth-1:0] MemIdFence        = 8'h41;
  localparam logic [MemIdWidth-1:0] MemIdFaultQueue   = 8'h42;
  localparam logic [MemIdWidth-1:0] MemIdMsi          = 8'h43;
  localparam logic [MemIdWidth-1:0] MemIdPageQueue    = 8'h44;
  localparam logic [MemIdWidth-1:0] MemIdMrif         = 8'h80;

  // ---------------------------------------------------------------- builds
  // What an instance is built with; `capabilities` is derived from it. A value
  // that no build uses is a legal choice for an integrator all the same.
  typedef struct packed {
    bit          Sv32;
    bit          Sv39;
    bit          Sv48;               // implies Sv39
    bit          Sv57;               // implies Sv48
    bit          Sv32x4;
    bit          Sv39x4;
    bit          Sv48x4;             // implies Sv39x4
    bit          Sv57x4;             // implies Sv48x4
    bit          Pd8;
    bit          Pd17;
    bit          Pd20;
    bit          Svpbmt;
    bit          AmoHwad;            // A/D update by exclusive pairs
    bit          MsiFlat;            // 64-byte device contexts
    bit          MsiMrif;            // memory-resident interrupt files; implies MsiFlat
    bit          AmoMrif;            // implies MsiMrif
    bit          Ats;                // ATS and PRI
    bit          T2gpa;              // implies Ats
    bit          BothEndian;         // END: fctl.BE is writable
    bit          Gxl;                // fctl.GXL is writable
    bit          Debug;              // tr_req_iova, tr_req_ctl, tr_response
    bit          QosId;              // RCID and MCID
    bit          NonLeafInval;       // NL
    bit          RangeInval;         // S
    bit          InterruptMsi;       // IGS = BOTH, otherwise WSI
    int unsigned HpmCounters;        // iohpmctr1 to this one; 0 without HPM, at most 31
    int unsigned DataWidth;          // 64 or 128: both AXI data ports and the memory port
    int unsigned IotlbEntries;       // 2 to 64, a power of two
    int unsigned DeviceCacheEntries; // 2 to 64, a power of two
    int unsigned ProcessCacheEntries; // 2 to 64, a power of two
    int unsigned WalkCacheEntries;   // 2 to 64, a power of two; of each stage
    int unsigned WalkRows;           // walks in flight, 2 to 2**RowWidth
    int unsigned Requests;           // requests in flight, 4 to 2**TagWidth, a power of two
    int unsigned InterruptVectors;   // 1, 2, 4, 8 or 16
    int unsigned AtsTimeout;         // clocks until an ATS invalidation is given up; at least 4
    int unsigned StallTimeout;       // clocks until a device that stalls R, W or B is cut off; at least 1
  } cfg_t;

  typedef enum int unsigned {
    BuildSmall    = 0,
    BuildDefault  = 1,
    BuildFull     = 2,
    BuildFullBase = 3,   // full without MSI translation: 32-byte contexts
    BuildFullQos  = 4    // full with QoS ids
  } build_e;

  function automatic cfg_t build_cfg(int unsigned build);
    cfg_t cfg;
    bit   is_small, is_full;
    is_small = build == BuildSmall;
    is_full  = build == BuildFull || build == BuildFullBase || build == BuildFullQos;
    cfg.Sv32               = is_full;
    cfg.Sv39               = 1'b1;
    cfg.Sv48               = !is_small;
    cfg.Sv57               = is_full;
    cfg.Sv32x4             = is_full;
    cfg.Sv39x4             = 1'b1;
    cfg.Sv48x4             = !is_small;
    cfg.Sv57x4             = is_full;
    cfg.Pd8                = !is_small;
    cfg.Pd17               = !is_small;
    cfg.Pd20               = !is_small;
    cfg.Svpbmt             = !is_small;
    cfg.AmoHwad            = !is_small;
    cfg.MsiFlat            = !is_small && build != BuildFullBase;
    cfg.MsiMrif            = is_full && build != BuildFullBase;
    cfg.AmoMrif            = is_full && build != BuildFullBase;
    cfg.Ats                = !is_small;
    cfg.T2gpa              = is_full;
    cfg.BothEndian         = is_full;
    cfg.Gxl                = is_full;
    cfg.Debug              = !is_small;
    cfg.QosId              = build == BuildFullQos;
    cfg.NonLeafInval       = !is_small;
    cfg.RangeInval         = !is_small;
    cfg.InterruptMsi       = !is_small;
    cfg.HpmCounters        = is_small ? 0 : is_full ? 31 : 8;
    cfg.DataWidth          = is_full ? 128 : 64;
    cfg.IotlbEntries       = is_small ? 8 : is_full ? 32 : 16;
    cfg.DeviceCacheEntries = is_small ? 8 : 16;
    cfg.ProcessCacheEntries = 16;
    cfg.WalkCacheEntries   = is_small ? 4 : 32;
    cfg.WalkRows           = is_small ? 4 : is_full ? 32 : 16;
    cfg.Requests           = is_small ? 16 : 128;
    cfg.InterruptVectors   = is_small ? 4 : 16;
    cfg.AtsTimeout         = 16384;
    cfg.StallTimeout       = 4096;
    return cfg;
  endfunction

  // Groups of features that share their hardware.
  function automatic bit has_second_stage(cfg_t cfg);
    return cfg.Sv32x4 || cfg.Sv39x4;
  endfunction

  function automatic bit has_process_directory(cfg_t cfg);
    return cfg.Pd8 || cfg.Pd17 || cfg.Pd20;
  endfunction

  // Guest-physical addresses have 41, 50 or 59 bits (34 with Sv32x4).
  function automatic int unsigned gpa_width(cfg_t cfg);
    return cfg.Sv57x4 ? 59 : cfg.Sv48x4 ? 50 : cfg.Sv39x4 ? 41 : 34;
  endfunction

  // What a mask or pattern of MSI addresses can name: MGPAW of the device
  // context, less the page offset.
  function automatic int unsigned msi_page_width(cfg_t cfg);
    return (has_second_stage(cfg) ? gpa_width(cfg) : PaWidth) - 12;
  endfunction

  // ----------------------------------------------------------- page sizes
  // Page sizes, smallest first; the code orders them.
  typedef enum logic [2:0] {
    Page4K   = 3'd0,
    Page64K  = 3'd1,
    Page2M   = 3'd2,
    Page1G   = 3'd3,
    Page512G = 3'd4,
    Page256T = 3'd5
  } page_e;

  // First bit of the address that a page of this size leaves to the entry.
  function automatic logic [5:0] page_shift(page_e size);
    unique case (size)
      Page4K:   return 6'd12;
      Page64K:  return 6'd16;
      Page2M:   return 6'd21;
      Page1G:   return 6'd30;
      Page512G: return 6'd39;
      default:  return 6'd48;
    endcase
  endfunction

  // Bits 55:12 of an address that the entry decides; the rest is offset.
  function automatic logic [PpnWidth-1:0] page_mask(page_e size);
    return {{8{1'b1}}, {9{size < Page256T}}, {9{size < Page512G}}, {9{size < Page1G}},
            {5{size < Page2M}}, {4{size < Page64K}}};
  endfunction

  // ------------------------------------------------- translation requests
  // AxUSER's type field: section "IOMMU data structures", device-to-IOMMU
  // transactions.
  typedef enum logic [1:0] {
    TypeUntranslated       = 2'd0,
    TypeTranslated         = 2'd1,
    TypeTranslationRequest = 2'd2,
    TypeReserved           = 2'd3
  } ttype_e;

  typedef enum logic [1:0] {
    AccessRead    = 2'd0,
    AccessWrite   = 2'd1,  // and atomics
    AccessExecute = 2'd2   // read for execution
  } access_e;

  typedef struct packed {
    ttype_e                    ttype;
    access_e                   access;
    logic                      priv;        // privileged; counts only where pv is set
    logic                      pv;          // process_id is valid
    logic [ProcessIdWidth-1:0] process_id;
    logic [DeviceIdWidth-1:0]  device_id;
    logic                      no_write;    // NW of a translation request
    logic                      debug;       // from tr_req_ctl
    logic                      page_request; // ends with the device context
    logic [63:0]               iova;
  } request_t;

  // Devices are counted in buckets of a hash when tags are scarce. A front end
  // that chooses between requests hashes each before it has chosen.
  localparam int unsigned BucketWidth = 3;
  localparam int unsigned Buckets     = 1 << BucketWidth;
  typedef logic [BucketWidth-1:0] bucket_t;

  function automatic bucket_t bucket_of(logic [DeviceIdWidth-1:0] device_id);
    bucket_t bucket;
    bucket = '0;
    for (int unsigned i = 0; i < DeviceIdWidth; i++) begin
      bucket[i%BucketWidth] = bucket[i%BucketWidth] ^ device_id[i];
    end
    return bucket;
  endfunction

  // Resource-control and monitoring ids: extension QOSID.
  typedef struct packed {
    logic [QosIdWidth-1:0] mcid;
    logic [QosIdWidth-1:0] rcid;
  } qos_t;

  // Completion of a translation request; a refused access is unsupported. For a
  // page request: may be queued, Invalid Request, Response Failure.
  typedef enum logic [1:0] {
    StatusSuccess     = 2'd0,
    StatusUnsupported = 2'd1,  // UR
    StatusAbort       = 2'd2   // CA
  } status_e;

  // What a translation completion says beside the address: section "ATS
  // translation requests".
  typedef struct packed {
    logic  r;
    logic  w;
    logic  x;
    logic  is_global;
    logic  priv;
    logic  untranslated;   // U: only untranslated requests may go there
    page_e size;           // range that the answer covers
  } grant_t;

  // Where a write to a memory-resident interrupt file goes: `pa` of the answer is
  // the address of the file, and the notice goes to this page.
  typedef struct packed {
    logic [11:0]         offset;       // of the request in its page
    logic [10:0]         nid;
    logic [PpnWidth-1:0] notice_ppn;
    logic                report;       // faults of the store are recorded (DC.tc.DTF)
  } mrif_t;

  typedef struct packed {
    tag_t               tag;
    logic               fault;    // refused: no access may be made
    status_e            status;   // fault is status != StatusSuccess
    logic [PaWidth-1:0] pa;
    logic [1:0]         pbmt;     // 0 PMA, 1 NC, 2 IO
    logic               msi;      // a page of an interrupt file
    logic               is_mrif;
    mrif_t              mrif;
    grant_t             grant;    // of a translation request; size of any
    logic               prpr;     // of the device context, for a page request
    qos_t               qos;
  } answer_t;

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

  // A doubleword as memory of either byte order holds it.
  function automatic logic [63:0] in_order(logic [63:0] word, logic big_endian);
    return big_endian ? {word[7:0], word[15:8], word[23:16], word[31:24],
                         word[39:32], word[47:40], word[55:48], word[63:56]} : word;
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

  // ------------------------------------------------------------- registers
  typedef enum logic [3:0] {
    DdtpOff  = 4'd0,
    DdtpBare = 4'd1,
    Ddtp1Lvl = 4'd2,
    Ddtp2Lvl = 4'd3,
    Ddtp3Lvl = 4'd4
  } ddtp_mode_e;

  typedef struct packed {
    ddtp_mode_e          mode;
    logic [PpnWidth-1:0] ppn;
  } ddtp_t;

  // Fields that a build cannot write hold their only value.
  typedef struct packed {
    logic gxl;
    logic wsi;
    logic be;
  } fctl_t;

  // ---------------------------------------------------------- invalidation
  typedef enum logic [1:0] {
    InvalVma  = 2'd0,  // IOTINVAL.VMA
    InvalGvma = 2'd1,  // IOTINVAL.GVMA
    InvalDdt  = 2'd2,  // IODIR.INVAL_DDT
    InvalPdt  = 2'd3   // IODIR.INVAL_PDT
  } inval_e;

  typedef struct packed {
    inval_e                    kind;
    logic                      av;
    logic                      nl;         // non-leaf entries as well
    logic [5:0]                wide;       // parts of ADDR that a range leaves out,
                                           // as the IOTLB compares them
    logic                      pscv;
    logic                      gv;
    logic                      dv;
    logic [PscidWidth-1:0]     pscid;
    logic [GscidWidth-1:0]     gscid;
    logic [51:0]               addr;       // ADDR[63:12]
    logic [DeviceIdWidth-1:0]  device_id;
    logic [ProcessIdWidth-1:0] process_id;
  } inval_t;

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

  // ---------------------------------------------------------------- faults
  typedef struct packed {
    logic [11:0]               cause;
    logic [5:0]                ttyp;
    logic                      priv;
    logic                      pv;
    logic [ProcessIdWidth-1:0] process_id;
    logic [DeviceIdWidth-1:0]  device_id;
    logic [63:0]               iotval;
    logic [63:0]               iotval2;
    logic                      colour;     // of the request, for IOFENCE
  } fault_t;

  // TTYP of a request: section "Fault/Event-Queue", table of transaction types.
  function automatic logic [5:0] transaction_type(ttype_e ttype, access_e access);
    logic [5:0] offset;
    unique case (access)
      AccessExecute: offset = 6'd1;
      AccessRead:    offset = 6'd2;
      default:       offset = 6'd3;
    endcase
    unique case (ttype)
      TypeTranslated:         return 6'd4 + offset;
      TypeTranslationRequest: return 6'd8;
      default:                return offset;
    endcase
  endfunction

  // -------------------------------------------------------------- messages
  // Messages of ATS and PRI, as fields. A device_id is {segment, requester id}.
  typedef logic [4:0] itag_t;

  // "Page Request" and "Stop Marker".
  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    logic                      pv;            // it has a PASID
    logic [ProcessIdWidth-1:0] process_id;
    logic                      priv;
    logic                      exec;
    logic [63:0]               payload;       // as in the page-request queue
  } page_request_t;

  // "Page Request Group Response". Without segment_valid the segment is 0.
  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    logic                      segment_valid;
    logic                      pv;            // with a PASID
    logic [ProcessIdWidth-1:0] process_id;
    logic [8:0]                prgi;
    logic [3:0]                code;
  } page_response_t;

  // "Invalidation Request".
  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    logic                      segment_valid;
    logic                      pv;
    logic [ProcessIdWidth-1:0] process_id;
    itag_t                     itag;
    logic [63:0]               payload;       // as in ATS.INVAL
  } inval_request_t;

  // "Invalidate Completion".
  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    logic [31:0]               itags;         // a bit for each tag that it is for
    logic [2:0]                count;         // how many come for each; 0 is 8
  } inval_completion_t;

  // ATS.INVAL, or ATS.PRGR with `response`.
  typedef struct packed {
    logic                      response;
    logic [DeviceIdWidth-1:0]  device_id;
    logic                      segment_valid;
    logic                      pv;
    logic [ProcessIdWidth-1:0] process_id;
    logic [63:0]               payload;
  } ats_command_t;

  // An MSI to be stored in a memory-resident interrupt file.
  typedef struct packed {
    logic [PaWidth-1:9] file;
    logic [10:0]        identity;
    mrif_t              mrif;
    qos_t               qos;
    logic               colour;   // of the request, for IOFENCE
  } mrif_store_t;

  // --------------------------------------------------------------- events
  // What happened in this clock, for the counters: events 4 to 8 of section
  // "Hardware performance monitor", with the ids that filters compare.
  typedef struct packed {
    logic                      miss;           // a request that no cache answers
    logic                      device_read;    // an entry of the device directory
    logic                      process_read;   // an entry of a process directory
    logic                      first_read;     // a first-stage PTE
    logic                      second_read;    // a second-stage PTE
    logic [DeviceIdWidth-1:0]  device_id;
    logic                      pv;
    logic [ProcessIdWidth-1:0] process_id;
    logic                      pscid_valid;
    logic [PscidWidth-1:0]     pscid;
    logic                      gscid_valid;
    logic [GscidWidth-1:0]     gscid;
  } walk_event_t;

  // ----------------------------------------------------------- memory port
  // Words are 64 bits, whatever the width of the bus.
  typedef struct packed {
    logic [MemIdWidth-1:0] id;
    logic [PaWidth-1:0]    addr;   // of the first word, 8-byte aligned
    logic [2:0]            last;   // words less one; no burst crosses 4 KiB
    logic                  lock;   // exclusive read
    qos_t                  qos;
  } mem_read_t;

  typedef struct packed {
    logic [MemIdWidth-1:0] id;
    logic [63:0]           data;
    logic                  last;
    logic                  error;   // SLVERR or DECERR
    logic                  exokay;
    logic                  poison;
  } mem_data_t;

  typedef struct packed {
    logic [MemIdWidth-1:0] id;
    logic [PaWidth-1:0]    addr;   // 8-byte aligned
    logic [1:0]            last;   // words less one
    logic [7:0]            strb;   // of the first word; all others are whole
    logic [255:0]          data;   // first word lowest
    logic                  lock;   // exclusive write
    qos_t                  qos;
  } mem_write_t;

  typedef struct packed {
    logic [MemIdWidth-1:0] id;
    logic                  error;
    logic                  exokay;
  } mem_done_t;

  // ----------------------------------------------------------------- trace
  // What happened inside, for benches: outputs that nothing else reads.
  typedef struct packed {
    logic     accept;         // a request entered, under tag accept_tag
    tag_t     accept_tag;
    logic     lookup;         // its lookup ended
    tag_t     lookup_tag;
    logic     lookup_device;  // device context found
    logic     lookup_hit;     // answered from the caches
    logic     start;          // a walk began for tag start_tag in start_row
    row_t     start_row;
    tag_t     start_tag;
    logic     merge;          // tag merge_tag joined the walk in merge_row
    row_t     merge_row;
    tag_t     merge_tag;
    logic     finish;         // the walk in finish_row ended
    row_t     finish_row;
    logic     finish_fault;
    logic     answer;         // tag answer_tag was answered
    tag_t     answer_tag;
    logic     answer_fault;
    logic     inval;          // an invalidation took effect
  } trace_t;

endpackage
