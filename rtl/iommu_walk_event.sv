// SPDX-License-Identifier: Apache-2.0
//
// What the walker tells the counters: events 4 to 8 of section "Hardware
// performance monitor", with the ids that filters compare. Combinational. `miss_o`
// is a request that no cache answers, when it comes to the walks for the first time;
// `read_o` is the read of an entry of a table.

module iommu_walk_event
  import iommu_pkg::*;
  import iommu_walk_pkg::*;
(
  input  logic          miss_valid_i,
  input  request_t      miss_request_i,
  input  logic          miss_device_known_i,
  input  logic          miss_process_known_i,
  input  walk_context_t miss_context_i,
  output walk_event_t   miss_o,

  input  logic          read_valid_i,
  input  request_t      read_request_i,
  input  walk_context_t read_context_i,
  input  walk_state_t   read_state_i,       // from then on
  output walk_event_t   read_o
);

  function automatic walk_event_t ids(
    request_t request, logic device_known, logic process_known, walk_context_t known
  );
    walk_event_t event_ids;
    event_ids             = '0;
    event_ids.device_id   = request.device_id;
    event_ids.pv          = request.pv;
    event_ids.process_id  = request.process_id;
    event_ids.gscid_valid = device_known && known.dc.gatp_mode != '0;
    event_ids.gscid       = known.dc.gscid;
    event_ids.pscid_valid = device_known && process_known && known.pc.fsc_mode != '0;
    event_ids.pscid       = known.pc.pscid;
    return event_ids;
  endfunction

  logic of_device, of_process;

  always_comb begin
    miss_o      = ids(miss_request_i, miss_device_known_i, miss_process_known_i, miss_context_i);
    miss_o.miss = miss_valid_i;
  end

  assign of_device  = read_state_i.phase == PhaseDirectory || read_state_i.phase == PhaseContext;
  assign of_process = read_state_i.phase == PhaseProcess || read_state_i.phase == PhaseOwner ||
                      (read_state_i.second && read_state_i.purpose == ForDirectory);

  // MSI page tables have no event.
  always_comb begin
    read_o = ids(read_request_i, !of_device, !of_process, read_context_i);
    unique case (read_state_i.phase)
      PhaseDirectory, PhaseContext: read_o.device_read  = read_valid_i;
      PhaseProcess, PhaseOwner:     read_o.process_read = read_valid_i;
      PhasePte, PhaseLock: begin
        read_o.first_read  = read_valid_i && !read_state_i.second;
        read_o.second_read = read_valid_i && read_state_i.second;
      end
      default: read_o.miss = 1'b0;
    endcase
  end

endmodule
