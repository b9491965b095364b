// SPDX-License-Identifier: Apache-2.0
//
// One counter with its selector: sections "Performance-monitoring event counters"
// and "Performance-monitoring event selectors".
//
// What happens in one clock is counted two clocks later, one a clock. A half of
// the counter that is written in that clock is not incremented. An eventID that
// is not a standard event's leaves the old one. `overflow_o` is a pulse, when OF
// goes from 0 to 1 by counting.

module iommu_hpm_counter
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_constants_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [1:0]  counter_write_i,   // halves
  input  logic [1:0]  selector_write_i,
  input  logic [63:0] wdata_i,
  output logic [63:0] counter_o,
  output logic [63:0] selector_o,

  input  logic        inhibit_i,
  input  logic        request_valid_i,
  input  request_t    request_i,
  input  walk_event_t miss_i,            // of which `miss` counts
  input  walk_event_t read_i,            // of which the others do
  output logic        of_o,
  output logic        overflow_o
);

  localparam int unsigned EventWidth = 4;   // eventIDs 0 to 8
  localparam int unsigned IdWidth    = IOHPMEVT_DID_GSCID_WIDTH;

  typedef struct packed {
    logic                      of;
    logic                      idt;
    logic                      dv_gscv;
    logic                      pv_pscv;
    logic [IdWidth-1:0]        did_gscid;
    logic [ProcessIdWidth-1:0] pid_pscid;
    logic                      dmask;
    logic [EventWidth-1:0]     event_id;
  } selector_t;

  selector_t   selector_d, selector_q;
  logic [63:0] counter_d, counter_q, incremented;
  logic        count_q, overflows;

  // ---------------------------------------------------------------- filter
  walk_event_t               from_walker;
  logic                      happened, by_request, ids_supported;
  logic                      id_valid, process_valid, id_matches, process_matches;
  logic [IdWidth-1:0]        id, ignored;
  logic [ProcessIdWidth-1:0] member;

  assign from_walker = (selector_q.event_id == EventWidth'(HPM_EVENT_TLB_MISS)) ? miss_i : read_i;

  always_comb begin
    happened      = 1'b0;
    by_request    = 1'b0;
    ids_supported = 1'b0;
    unique case (selector_q.event_id)
      EventWidth'(HPM_EVENT_UNTRANSLATED): begin
        by_request = 1'b1;
        happened   = request_valid_i && request_i.ttype == TypeUntranslated;
      end
      EventWidth'(HPM_EVENT_TRANSLATED): begin
        by_request = 1'b1;
        happened   = request_valid_i && request_i.ttype == TypeTranslated;
      end
      EventWidth'(HPM_EVENT_ATS_REQUEST): begin
        by_request = 1'b1;
        happened   = request_valid_i && request_i.ttype == TypeTranslationRequest;
      end
      EventWidth'(HPM_EVENT_TLB_MISS): begin
        happened      = from_walker.miss;
        ids_supported = 1'b1;
      end
      EventWidth'(HPM_EVENT_DDT_WALK): happened = from_walker.device_read;
      EventWidth'(HPM_EVENT_PDT_WALK): happened = from_walker.process_read;
      EventWidth'(HPM_EVENT_FIRST_STAGE_WALK): begin
        happened      = from_walker.first_read;
        ids_supported = 1'b1;
      end
      EventWidth'(HPM_EVENT_SECOND_STAGE_WALK): begin
        happened      = from_walker.second_read;
        ids_supported = 1'b1;
      end
      default: happened = 1'b0;
    endcase
  end

  always_comb begin
    if (selector_q.idt) begin
      id            = IdWidth'(from_walker.gscid);
      id_valid      = from_walker.gscid_valid;
      member       = from_walker.pscid;
      process_valid = from_walker.pscid_valid;
    end else if (by_request) begin
      id            = request_i.device_id;
      id_valid      = 1'b1;
      member       = request_i.process_id;
      process_valid = request_i.pv;
    end else begin
      id            = from_walker.device_id;
      id_valid      = 1'b1;
      member       = from_walker.process_id;
      process_valid = from_walker.pv;
    end
  end

  // DMASK ignores the lower bits through the first 0.
  assign ignored         = selector_q.dmask ? selector_q.did_gscid ^ (selector_q.did_gscid + 1'b1)
                                            : '0;
  assign id_matches      = id_valid && ((id ^ selector_q.did_gscid) & ~ignored) == '0;
  assign process_matches = process_valid && member == selector_q.pid_pscid;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= 1'b0;
    else         count_q <= happened && !inhibit_i && (ids_supported || !selector_q.idt) &&
                            (id_matches || !selector_q.dv_gscv) &&
                            (process_matches || !selector_q.pv_pscv);
  end

  // --------------------------------------------------------------- counter
  assign incremented = counter_q + 64'(count_q);
  assign overflows   = count_q && counter_q == '1 && counter_write_i == '0;

  always_comb begin
    counter_d = incremented;
    if (counter_write_i[0]) counter_d[31:0]  = wdata_i[31:0];
    if (counter_write_i[1]) counter_d[63:32] = wdata_i[63:32];
  end

  always_comb begin
    selector_d = selector_q;
    if (selector_write_i[0]) begin
      if (wdata_i[IOHPMEVT_EVENT_ID_LSB+:IOHPMEVT_EVENT_ID_WIDTH] <=
          IOHPMEVT_EVENT_ID_WIDTH'(HPM_EVENT_SECOND_STAGE_WALK)) begin
        selector_d.event_id = wdata_i[EventWidth-1:0];
      end
      selector_d.dmask           = wdata_i[IOHPMEVT_DMASK_BIT];
      selector_d.pid_pscid[15:0] = wdata_i[31:IOHPMEVT_PID_PSCID_LSB];
    end
    if (selector_write_i[1]) begin
      selector_d.pid_pscid[19:16] = wdata_i[IOHPMEVT_DID_GSCID_LSB-1:32];
      selector_d.did_gscid        = wdata_i[IOHPMEVT_DID_GSCID_LSB+:IdWidth];
      selector_d.pv_pscv          = wdata_i[IOHPMEVT_PV_PSCV_BIT];
      selector_d.dv_gscv          = wdata_i[IOHPMEVT_DV_GSCV_BIT];
      selector_d.idt              = wdata_i[IOHPMEVT_IDT_BIT];
      selector_d.of               = wdata_i[IOHPMEVT_OF_BIT];
    end
    overflow_o = overflows && !selector_d.of;
    if (overflows) selector_d.of = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      selector_q <= '0;
      counter_q  <= '0;
    end else begin
      selector_q <= selector_d;
      counter_q  <= counter_d;
    end
  end

  assign counter_o  = counter_q;
  assign of_o       = selector_q.of;
  assign selector_o = {selector_q.of, selector_q.idt, selector_q.dv_gscv, selector_q.pv_pscv,
                       selector_q.did_gscid, selector_q.pid_pscid, selector_q.dmask,
                       {(IOHPMEVT_EVENT_ID_WIDTH - EventWidth){1'b0}}, selector_q.event_id};

endmodule
