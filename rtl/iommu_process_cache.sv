// SPDX-License-Identifier: Apache-2.0
//
// Process contexts by device_id and process_id: an iommu_context_cache, which says
// when things happen. It is looked up beside the device context; whether it counts
// is told by that.
//
// IODIR.INVAL_PDT drops one context, IODIR.INVAL_DDT those of a device or all.
// IOTINVAL.GVMA drops all: where a directory of a guest lies is what the second
// stage says, and which guest's it was is not kept.

module iommu_process_cache
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
#(
  parameter int unsigned Entries    = 16,
  parameter bit          Registered = 1'b0   // a lookup is answered in the next clock
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic                      lookup_valid_i,
  input  logic [DeviceIdWidth-1:0]  lookup_device_id_i,
  input  logic [ProcessIdWidth-1:0] lookup_process_id_i,
  output logic                      lookup_hit_o,
  output process_context_t          lookup_context_o,

  input  logic                      walk_next_i,
  input  logic [DeviceIdWidth-1:0]  walk_device_id_i,
  input  logic [ProcessIdWidth-1:0] walk_process_id_i,
  output logic                      walk_hit_o,
  output process_context_t          walk_context_o,

  input  logic                      fill_valid_i,
  input  logic [DeviceIdWidth-1:0]  fill_device_id_i,
  input  logic [ProcessIdWidth-1:0] fill_process_id_i,
  input  process_context_t          fill_i,

  input  logic                      inval_valid_i,
  input  inval_t                    inval_i
);

  typedef struct packed {
    logic [DeviceIdWidth-1:0]  device_id;
    logic [ProcessIdWidth-1:0] process_id;
  } key_t;

  function automatic key_t key_of(
    logic [DeviceIdWidth-1:0] device_id, logic [ProcessIdWidth-1:0] process_id
  );
    return '{device_id: device_id, process_id: process_id};
  endfunction

  key_t [Entries-1:0] keys;
  logic [Entries-1:0] covered;
  logic               inval;

  assign inval = inval_valid_i && inval_i.kind != InvalVma;

  for (genvar i = 0; i < Entries; i++) begin : gen_line
    logic of_device, of_process;

    assign of_device  = keys[i].device_id == inval_i.device_id;
    assign of_process = keys[i].process_id == inval_i.process_id;

    always_comb begin
      unique case (inval_i.kind)
        InvalPdt: covered[i] = of_device && of_process;
        InvalDdt: covered[i] = of_device || !inval_i.dv;
        default:  covered[i] = 1'b1;
      endcase
    end
  end

  iommu_context_cache #(
    .Entries(Entries), .Registered(Registered), .key_t(key_t), .context_t(process_context_t)
  ) u_contexts (
    .clk_i, .rst_ni,
    .lookup_valid_i,
    .lookup_key_i (key_of(lookup_device_id_i, lookup_process_id_i)),
    .lookup_hit_o, .lookup_context_o,
    .walk_next_i,
    .walk_key_i   (key_of(walk_device_id_i, walk_process_id_i)),
    .walk_hit_o, .walk_context_o,
    .fill_valid_i,
    .fill_key_i   (key_of(fill_device_id_i, fill_process_id_i)),
    .fill_i,
    .inval_i      (inval),
    .keys_o       (keys),
    .covered_i    (covered)
  );

endmodule
