// SPDX-License-Identifier: Apache-2.0
//
// Types that travel between front end, core, walker, control and memory port. Names
// and widths are those of the RISC-V IOMMU specification. Register offsets, causes
// and field positions, which software needs too, are in iommu_constants_pkg.

package iommu_pkg;

  import iommu_build_pkg::*;

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
    logic [2:0]         gpa_high; // bits 58:56 above pa, of a guest-physical address
    logic [1:0]         pbmt;     // 0 PMA, 1 NC, 2 IO
    logic               msi;      // a page of an interrupt file
    logic               is_mrif;
    mrif_t              mrif;
    grant_t             grant;    // of a translation request; size of any
    logic               prpr;     // of the device context, for a page request
    qos_t               qos;
  } answer_t;

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

  // A doubleword as memory of either byte order holds it.
  function automatic logic [63:0] in_order(logic [63:0] word, logic big_endian);
    return big_endian ? {word[7:0], word[15:8], word[23:16], word[31:24],
                         word[39:32], word[47:40], word[55:48], word[63:56]} : word;
  endfunction

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
