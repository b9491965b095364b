// SPDX-License-Identifier: Apache-2.0
//
// Types shared by the modules of the page-table walker. A walk is a *row*; what
// it waits for is its phase, and each returning word moves it one step on.

package iommu_walk_pkg;

  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;

  // What a row waits for.
  typedef enum logic [3:0] {
    PhaseDirectory = 4'd0,  // non-leaf entry of the device directory
    PhaseContext   = 4'd1,  // words of the device context
    PhasePte       = 4'd2,  // PTE of either stage
    PhaseLock      = 4'd3,  // the same PTE, read exclusively to set A or D
    PhaseWrite     = 4'd4,  // acknowledgement of the exclusive write
    PhaseBackoff   = 4'd5,  // time to pass before the next attempt
    PhaseProcess   = 4'd6,  // non-leaf entry of a process directory
    PhaseOwner     = 4'd7,  // two words of a process context
    PhaseMsi       = 4'd8   // two words of an MSI PTE
  } walk_phase_e;

  // What the second stage translates an address for.
  typedef enum logic [1:0] {
    ForAccess    = 2'd0,  // the request's own
    ForEntry     = 2'd1,  // a first-stage PTE: implicit read
    ForUpdate    = 2'd2,  // A or D of a first-stage PTE: implicit write
    ForDirectory = 2'd3   // an entry of the process directory: implicit read
  } purpose_e;

  // What a leaf is asked for. Where it is not enforced, a permission that is
  // missing is left out of the answer.
  typedef struct packed {
    logic r;
    logic w;
    logic x;
    logic enforced;
  } want_t;

  // Does the request want to write?
  function automatic logic asks_write(request_t request);
    return (request.ttype == TypeTranslationRequest) ? !request.no_write
                                                     : request.access == AccessWrite;
  endfunction

  // Of the request itself. Execution needs X only, unless the address was
  // translated before: then it was granted together with R. A translation request
  // gets what there is.
  function automatic want_t wanted(request_t request);
    want_t want;
    want.r        = request.access == AccessRead;
    want.w        = asks_write(request);
    want.x        = request.access == AccessExecute;
    want.enforced = 1'b1;
    if (request.ttype == TypeTranslated && want.x) want.r = 1'b1;
    if (request.ttype == TypeTranslationRequest) begin
      want.r        = 1'b1;
      want.enforced = 1'b0;
    end
    return want;
  endfunction

  // Of the second stage, for whatever purpose.
  function automatic want_t wanted_for(purpose_e purpose, request_t request);
    want_t want;
    unique case (purpose)
      ForEntry, ForDirectory: want = '{r: 1'b1, w: 1'b0, x: 1'b0, enforced: 1'b1};
      ForUpdate:              want = '{r: 1'b0, w: 1'b1, x: 1'b0, enforced: 1'b1};
      default:                want = wanted(request);
    endcase
    return want;
  endfunction

  // What a row knows of who asks, from when its walk has contexts.
  typedef struct packed {
    device_context_t  dc;
    process_context_t pc;   // of the process, or what stands in for it
  } walk_context_t;

  // How a walk judges leaves of the stage that it is in: known before the leaf comes.
  typedef struct packed {
    want_t want;
    logic  user;       // pages of users are asked for
    logic  no_user;    // they are not to be used
    logic  hardware;   // A and D are set by hardware (SADE, GADE)
  } judge_t;

  // In the second stage every access counts as one without privilege. A supervisor
  // may use pages of users with SUM, but not execute them.
  function automatic judge_t judge_of(
    logic second, purpose_e purpose, walk_context_t context_i, request_t request
  );
    judge_t judge;
    judge.want     = second ? wanted_for(purpose, request) : wanted(request);
    judge.user     = second || !(request.priv && request.pv);
    judge.no_user  = !judge.user && !(context_i.pc.sum && !judge.want.x);
    judge.hardware = second ? context_i.dc.gade : context_i.dc.sade;
    return judge;
  endfunction

  // What a stage makes of a page; d says that D is set or need not be.
  typedef struct packed {
    logic       r;
    logic       w;
    logic       x;
    logic       u;
    logic       d;
    logic [1:0] pbmt;
    page_e      size;
  } leaf_t;

  // Of a stage that is Bare: nothing is refused, nothing is limited.
  function automatic leaf_t bare_leaf();
    leaf_t leaf;
    leaf      = '1;
    leaf.pbmt = 2'(PBMT_PMA);
    leaf.size = Page256T;
    return leaf;
  endfunction

  // What a row remembers between two steps.
  typedef struct packed {
    walk_phase_e           phase;
    logic [2:0]            level;      // of the table being read; 0 holds leaves only
    logic [2:0]            tries;      // exclusive writes that failed, saturating
    logic                  is_global;  // G of the first-stage entries passed so far
    logic [PpnWidth-1:0]   base;       // of the table being read
    logic                  nested;     // there is a second stage
    logic                  second;     // the table is the second stage's
    logic                  cached;     // where the first-stage table lies for the guest is not known
    purpose_e              purpose;    // of the second stage's walk
    logic [2:0]            upper;      // level to go on with after it
    logic [58:0]           gpa;        // that it translates
    leaf_t                 first;      // outcome of the first stage, for ForAccess
    page_e                 limit;      // pages that are bigger hold interrupt files
  } walk_state_t;

  // What a row keeps of a word until the next event: a PTE that it writes, or the
  // first of two words.
  typedef struct packed {
    logic        error;
    logic        poison;
    logic [63:0] data;
  } kept_t;

  // The request that a walk was begun for.
  typedef struct packed {
    tag_t     tag;
    request_t request;
  } walk_origin_t;

  // How a walk ended. `entry` counts where neither fault nor identity is set;
  // with identity the address is the request's own.
  typedef struct packed {
    row_t         row;
    tag_t         tag;
    logic         fault;
    logic         report;    // the fault is recorded (not masked by DC.tc.DTF)
    logic [11:0]  cause;
    logic         prpr;      // of the device context, if that is known
    logic [63:0]  iotval2;   // of the fault
    logic         identity;
    logic         sum;       // PC.ta.SUM
    qos_t         qos;       // of the accesses that the answer allows
    logic         fills;     // caches may keep the entry
    logic         is_mrif;   // the entry's page holds a memory-resident file
    logic [2:0]   mrif_low;  // bits 11:9 of the file's address
    mrif_t        mrif;
    logic [2:0]   gpa_high;  // bits 58:56 above those of the entry
    translation_t entry;
  } walk_end_t;

  // A pointer to a table, as a walk cache keeps it: of the first stage to where
  // the table lies in memory, whatever the second stage.
  typedef struct packed {
    logic                  second_stage;
    logic [GscidWidth-1:0] gscid;
    logic [PscidWidth-1:0] pscid;      // 0 in the second stage's cache
    logic [1:0]            level;      // of the table pointed to
    logic [46:0]           vpn;        // bits 58:12 of the address on whose path it lies
    logic                  is_global;
    logic [PpnWidth-1:0]   ppn;
  } walk_pointer_t;

  // Requests with the same key may share a walk.
  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    ttype_e                    ttype;
    logic                      page_request;
    logic                      pv;
    logic                      priv;
    logic [ProcessIdWidth-1:0] process_id;
    logic [51:0]               page;       // iova[63:12]
  } walk_key_t;

  function automatic walk_key_t walk_key(request_t request);
    walk_key_t key;
    key.device_id  = request.device_id;
    key.ttype      = request.ttype;
    key.page_request = request.page_request;
    key.pv         = request.pv;
    key.priv       = request.pv && request.priv;
    key.process_id = request.pv ? request.process_id : '0;
    key.page       = request.iova[63:12];
    return key;
  endfunction

  // Host address space of a PSCID: there is no second stage.
  function automatic space_t host_space(logic [PscidWidth-1:0] pscid);
    space_t space;
    space              = '0;
    space.first_stage  = 1'b1;
    space.pscid        = pscid;
    return space;
  endfunction

  // What is kept of a walk's ids, to tell which invalidations cover it: lower bits.
  typedef struct packed {
    logic       known;         // the device context is, hence the second stage
    logic       second_stage;
    logic [7:0] gscid;
    logic       pscid_known;   // that of the process is, too
    logic [7:0] pscid;
  } walk_ids_t;

  // `pc` stands for the first stage, from the directory or not; it counts
  // with `process_known`.
  function automatic walk_ids_t walk_ids(
    logic known, device_context_t device, logic process_known, process_context_t pc
  );
    walk_ids_t ids;
    ids.known        = known;
    ids.second_stage = device.gatp_mode != '0;
    ids.gscid        = device.gscid[7:0];
    ids.pscid_known  = known && process_known;
    ids.pscid        = pc.pscid[7:0];
    return ids;
  endfunction

  // A space of which only the lower bits of the ids are known: the others are
  // taken to be those of the invalidation, which may cover too much, never too
  // little.
  function automatic space_t nearly_space(
    inval_t inval, logic second_stage, logic [7:0] gscid, logic [7:0] pscid
  );
    space_t space;
    space              = '0;
    space.second_stage = second_stage;
    space.first_stage  = 1'b1;
    space.gscid        = {inval.gscid[GscidWidth-1:8], gscid};
    space.pscid        = {inval.pscid[PscidWidth-1:8], pscid};
    return space;
  endfunction

  // May an IOTINVAL cover what a walk of these ids finds? One whose ids are not
  // known counts as covered.
  function automatic logic may_cover(inval_t inval, walk_ids_t ids);
    space_t space;
    space = nearly_space(inval, ids.second_stage, ids.gscid,
                         ids.pscid_known ? ids.pscid : inval.pscid[7:0]);
    return !ids.known || covers_space(inval, space, 1'b0);
  endfunction

  // Causes by the access that was translated.
  function automatic logic [11:0] page_fault(access_e access);
    unique case (access)
      AccessExecute: return 12'(CAUSE_INSTRUCTION_PAGE_FAULT);
      AccessRead:    return 12'(CAUSE_READ_PAGE_FAULT);
      default:       return 12'(CAUSE_WRITE_PAGE_FAULT);
    endcase
  endfunction

  function automatic logic [11:0] access_fault(access_e access);
    unique case (access)
      AccessExecute: return 12'(CAUSE_INSTRUCTION_ACCESS_FAULT);
      AccessRead:    return 12'(CAUSE_READ_ACCESS_FAULT);
      default:       return 12'(CAUSE_WRITE_ACCESS_FAULT);
    endcase
  endfunction

  function automatic logic [11:0] guest_page_fault(access_e access);
    unique case (access)
      AccessExecute: return 12'(CAUSE_INSTRUCTION_GUEST_PAGE_FAULT);
      AccessRead:    return 12'(CAUSE_READ_GUEST_PAGE_FAULT);
      default:       return 12'(CAUSE_WRITE_GUEST_PAGE_FAULT);
    endcase
  endfunction

  // iotval2 of a guest page fault: the address, and what it was wanted for.
  function automatic logic [63:0] guest_address(logic [63:0] gpa, purpose_e purpose);
    return {gpa[63:2], purpose == ForUpdate, purpose != ForAccess};
  endfunction

  // Is this cause recorded although DC.tc.DTF is set? Section "Fault/Event-Queue",
  // table of causes.
  function automatic logic always_reported(logic [11:0] cause);
    unique case (cause)
      12'(CAUSE_ALL_INBOUND_DISALLOWED),
      12'(CAUSE_DDT_ACCESS_FAULT),
      12'(CAUSE_DDT_INVALID),
      12'(CAUSE_DDT_MISCONFIGURED),
      12'(CAUSE_DDT_CORRUPTED),
      12'(CAUSE_INTERNAL_DATAPATH_ERROR),
      12'(CAUSE_MSI_WRITE_ACCESS_FAULT): return 1'b1;
      default:                           return 1'b0;
    endcase
  endfunction

  // What a translation request gets for this cause: section "PCIe ATS translation
  // request handling".
  function automatic logic grants_nothing(logic [11:0] cause);
    unique case (cause)
      12'(CAUSE_INSTRUCTION_PAGE_FAULT), 12'(CAUSE_READ_PAGE_FAULT),
      12'(CAUSE_WRITE_PAGE_FAULT), 12'(CAUSE_INSTRUCTION_GUEST_PAGE_FAULT),
      12'(CAUSE_READ_GUEST_PAGE_FAULT), 12'(CAUSE_WRITE_GUEST_PAGE_FAULT),
      12'(CAUSE_PDT_INVALID), 12'(CAUSE_MSI_PTE_INVALID): return 1'b1;
      default:                                            return 1'b0;
    endcase
  endfunction

  function automatic status_e status_of(logic [11:0] cause);
    unique case (cause)
      12'(CAUSE_ALL_INBOUND_DISALLOWED), 12'(CAUSE_DDT_ACCESS_FAULT),
      12'(CAUSE_DDT_INVALID), 12'(CAUSE_DDT_MISCONFIGURED),
      12'(CAUSE_TTYPE_DISALLOWED): return StatusUnsupported;
      default:                     return grants_nothing(cause) ? StatusSuccess : StatusAbort;
    endcase
  endfunction

  // Level of the root table. Sv32 and Sv32x4 are `narrow`, and share their MODE with
  // Sv39 and Sv39x4.
  function automatic logic [2:0] root_level(logic [3:0] mode, logic narrow);
    unique case (mode)
      4'(IOSATP_MODE_SV39): return narrow ? 3'd1 : 3'd2;
      4'(IOSATP_MODE_SV48): return 3'd3;
      default:              return 3'd4;
    endcase
  endfunction

  // Where a table's entry for an address lies: nine bits of index, ten in the narrow
  // modes with their entries of four bytes, and two more in the second stage's root,
  // which is aligned to its 16 KiB.
  function automatic logic [PaWidth-1:0] entry_address(
    logic [PpnWidth-1:0] base, logic [2:0] level, logic [58:0] address, logic second,
    logic [3:0] mode, logic narrow
  );
    logic [11:0] offset;
    logic [1:0]  wide;
    unique case (level)
      3'd0:    offset = {address[20:12], 3'b000};
      3'd1:    offset = {address[29:21], 3'b000};
      3'd2:    offset = {address[38:30], 3'b000};
      3'd3:    offset = {address[47:39], 3'b000};
      default: offset = {address[56:48], 3'b000};
    endcase
    if (narrow) offset = {(level == 3'd0) ? address[21:12] : address[31:22], 2'b00};
    unique case (level)
      3'd1:    wide = address[33:32];
      3'd2:    wide = address[40:39];
      3'd3:    wide = address[49:48];
      default: wide = address[58:57];
    endcase
    if (!second || level != root_level(mode, narrow)) wide = 2'd0;
    return {base | PpnWidth'(wide), offset};
  endfunction

  // Read of the doubleword at or around an address.
  function automatic mem_read_t word_read(row_t row, logic [PaWidth-1:0] addr, logic lock);
    mem_read_t read;
    read.id   = {2'b00, row};
    read.addr = {addr[PaWidth-1:3], 3'b000};
    read.last = 3'd0;
    read.lock = lock;
    read.qos  = '0;
    return read;
  endfunction

  // Where the entry of a process directory lies; the context itself at level 0.
  function automatic logic [PaWidth-1:0] process_address(
    logic [PpnWidth-1:0] base, logic [2:0] level, request_t request
  );
    logic [ProcessIdWidth-1:0] process_id;
    process_id = request.pv ? request.process_id : '0;
    unique case (level)
      3'd0:    return {base, process_id[7:0], 4'd0};
      3'd1:    return {base, process_id[16:8], 3'd0};
      default: return {base, 6'd0, process_id[19:17], 3'd0};
    endcase
  endfunction

  // Read of a process directory: an entry, or the two words of the context.
  function automatic mem_read_t process_read(
    row_t row, logic [PaWidth-1:0] addr, logic [2:0] level
  );
    mem_read_t read;
    read      = word_read(row, addr, 1'b0);
    read.last = (level == 3'd0) ? 3'd1 : 3'd0;
    return read;
  endfunction

  // Four bytes as memory of either byte order holds them.
  function automatic logic [31:0] in_order_half(logic [31:0] half, logic big_endian);
    return big_endian ? {half[7:0], half[15:8], half[23:16], half[31:24]} : half;
  endfunction

  // Read of the device directory: a non-leaf entry, or at level 0 the context.
  // The index DDI is seven bits at level 0 with 32-byte contexts, six with 64.
  function automatic mem_read_t directory_read(
    row_t row, logic [PpnWidth-1:0] base, logic [2:0] level,
    logic [DeviceIdWidth-1:0] device_id, logic extended
  );
    mem_read_t read;
    logic [11:0] offset;
    unique case (level)
      3'd0:    offset = extended ? {device_id[5:0], 6'd0} : {device_id[6:0], 5'd0};
      3'd1:    offset = {extended ? device_id[14:6] : device_id[15:7], 3'd0};
      default: offset = {extended ? device_id[23:15] : {1'b0, device_id[23:16]}, 3'd0};
    endcase
    read.id   = {2'b00, row};
    read.addr = {base, offset};
    read.last = (level != 3'd0) ? 3'd0 : (extended ? 3'd7 : 3'd3);
    read.lock = 1'b0;
    read.qos  = '0;
    return read;
  endfunction

endpackage
