// SPDX-License-Identifier: Apache-2.0
//
// Types shared by the modules of the page-table walker. A walk is a *row*; what
// it waits for is its phase, and each returning word moves it one step on.

package iommu_walk_pkg;

  import iommu_pkg::*;
  import iommu_constants_pkg::*;

  // What a row waits for.
  typedef enum logic [2:0] {
    PhaseDirectory = 3'd0,  // non-leaf entry of the device directory
    PhaseContext   = 3'd1,  // words of the device context
    PhasePte       = 3'd2,  // first-stage PTE
    PhaseLock      = 3'd3,  // the same PTE, read exclusively to set A or D
    PhaseWrite     = 3'd4,  // acknowledgement of the exclusive write
    PhaseBackoff   = 3'd5   // time to pass before the next attempt
  } walk_phase_e;

  // What a row remembers between two steps.
  typedef struct packed {
    walk_phase_e           phase;
    logic [2:0]            level;      // of the table being read; 0 holds leaves only
    logic [2:0]            tries;      // exclusive writes that failed, saturating
    logic                  dtf;
    logic                  sade;
    logic                  is_global;  // G of the entries passed so far
    logic [PscidWidth-1:0] pscid;
    logic [PpnWidth-1:0]   base;       // of the table being read
  } walk_state_t;

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
    logic         identity;
    translation_t entry;
  } walk_end_t;

  // A pointer to a first-stage table, as the walk cache keeps it.
  typedef struct packed {
    logic [PscidWidth-1:0] pscid;
    logic [1:0]            level;      // of the table pointed to
    logic [44:0]           vpn;        // iova[56:12]
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

  // Index into a page table of this level: nine bits of the address.
  function automatic logic [8:0] vpn_index(logic [63:0] iova, logic [2:0] level);
    unique case (level)
      3'd0:    return iova[20:12];
      3'd1:    return iova[29:21];
      3'd2:    return iova[38:30];
      3'd3:    return iova[47:39];
      default: return iova[56:48];
    endcase
  endfunction

  // Read of an entry of a first-stage page table.
  function automatic mem_read_t pte_read(
    row_t row, logic [PpnWidth-1:0] base, logic [2:0] level, logic [63:0] iova, logic lock
  );
    mem_read_t read;
    read.id   = {2'b00, row};
    read.addr = {base, vpn_index(iova, level), 3'b000};
    read.last = 3'd0;
    read.lock = lock;
    read.qos  = '0;
    return read;
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
