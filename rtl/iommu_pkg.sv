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

  // ---------------------------------------------------------------- builds
  // What an instance is built with; `capabilities` is derived from it. A value
  // that no build uses is a legal choice for an integrator all the same.
  typedef struct packed {
    bit          Sv39;
    bit          Sv48;               // implies Sv39
    bit          Sv57;               // implies Sv48
    bit          Svpbmt;
    bit          AmoHwad;            // A/D update by exclusive pairs
    bit          MsiFlat;            // 64-byte device contexts
    bit          InterruptMsi;       // IGS = BOTH, otherwise WSI
    int unsigned DataWidth;          // 64 or 128: both AXI data ports and the memory port
    int unsigned IotlbEntries;       // 2 to 64, a power of two
    int unsigned DeviceCacheEntries; // 2 to 64, a power of two
    int unsigned WalkCacheEntries;   // 2 to 64, a power of two; first stage
    int unsigned WalkRows;           // walks in flight, 2 to 2**RowWidth
    int unsigned Requests;           // requests in flight, 4 to 2**TagWidth, a power of two
    int unsigned InterruptVectors;   // 1, 2, 4, 8 or 16
    int unsigned StallTimeout;       // clocks until a device that stalls R, W or B is cut off; at least 1
  } cfg_t;

  typedef enum int unsigned {
    BuildSmall   = 0,
    BuildDefault = 1,
    BuildFull    = 2
  } build_e;

  function automatic cfg_t build_cfg(int unsigned build);
    cfg_t cfg;
    cfg.Sv39               = 1'b1;
    cfg.Sv48               = build != BuildSmall;
    cfg.Sv57               = build == BuildFull;
    cfg.Svpbmt             = build != BuildSmall;
    cfg.AmoHwad            = build != BuildSmall;
    cfg.MsiFlat            = build != BuildSmall;
    cfg.InterruptMsi       = build != BuildSmall;
    cfg.DataWidth          = (build == BuildFull) ? 128 : 64;
    cfg.IotlbEntries       = (build == BuildSmall) ? 8 : (build == BuildFull) ? 32 : 16;
    cfg.DeviceCacheEntries = (build == BuildSmall) ? 8 : 16;
    cfg.WalkCacheEntries   = (build == BuildSmall) ? 4 : 32;
    cfg.WalkRows           = (build == BuildSmall) ? 4 : (build == BuildFull) ? 32 : 16;
    cfg.Requests           = (build == BuildSmall) ? 16 : 128;
    cfg.InterruptVectors   = (build == BuildSmall) ? 4 : 16;
    cfg.StallTimeout       = 4096;
    return cfg;
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

  typedef struct packed {
    tag_t               tag;
    logic               fault;    // refused: no access may be made
    logic [PaWidth-1:0] pa;
    logic [1:0]         pbmt;     // 0 PMA, 1 NC, 2 IO
  } answer_t;

  // ------------------------------------------------------- device context
  // What the device-context cache keeps: a context that passed every check
  // (cause 259), reduced to what a translation needs.
  typedef struct packed {
    logic                  dtf;
    logic                  pdtv;
    logic                  dpe;
    logic                  sade;
    logic [PscidWidth-1:0] pscid;
    logic [3:0]            fsc_mode;   // iosatp.MODE, or pdtp.MODE with pdtv
    logic [PpnWidth-1:0]   fsc_ppn;
  } device_context_t;

  // ------------------------------------------------------------ leaf entry
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

  // Who an entry belongs to. A global entry matches every PSCID.
  typedef struct packed {
    logic                  second_stage;
    logic                  first_stage;
    logic [GscidWidth-1:0] gscid;
    logic [PscidWidth-1:0] pscid;
  } space_t;

  // An end-to-end translation as the IOTLB keeps it.
  typedef struct packed {
    space_t              space;
    logic                is_global;
    logic [44:0]         vpn;       // iova[56:12]; what is above is its sign
    page_e               size;
    logic [PpnWidth-1:0] ppn;       // of the page that holds the request
    logic [1:0]          pbmt;
    logic                r;
    logic                w;
    logic                x;
    logic                u;
    logic                d;
  } translation_t;

  // May this access use this entry? Anything else goes to a walk, which alone
  // decides on faults. Step 17 of "Process to translate an IOVA". There is no
  // SUM without a process context, so a privileged access never uses a U page.
  function automatic logic permits(translation_t entry, access_e access, logic priv);
    logic allowed;
    unique case (access)
      AccessRead:    allowed = entry.r;
      AccessWrite:   allowed = entry.w && entry.d;
      AccessExecute: allowed = entry.x;
      default:       allowed = 1'b0;
    endcase
    return allowed && (priv ? !entry.u : entry.u);
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

  // ----------------------------------------------------------- memory port
  // Words are 64 bits, whatever the width of the bus.
  typedef struct packed {
    logic [MemIdWidth-1:0] id;
    logic [PaWidth-1:0]    addr;   // of the first word, 8-byte aligned
    logic [2:0]            last;   // words less one; no burst crosses 4 KiB
    logic                  lock;   // exclusive read
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
