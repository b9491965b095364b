// SPDX-License-Identifier: Apache-2.0
//
// Device contexts by device_id: an iommu_context_cache, which says when things
// happen. IODIR.INVAL_DDT drops the context of a device, or all of them; nothing
// else touches them.

module iommu_device_cache
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
#(
  parameter int unsigned Entries    = 16,
  parameter bit          Registered = 1'b0   // a lookup is answered in the next clock
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic                     lookup_valid_i,
  input  logic [DeviceIdWidth-1:0] lookup_id_i,
  output logic                     lookup_hit_o,
  output device_context_t          lookup_context_o,

  input  logic                     walk_next_i,
  input  logic [DeviceIdWidth-1:0] walk_id_i,
  output logic                     walk_hit_o,
  output device_context_t          walk_context_o,

  input  logic                     fill_valid_i,
  input  logic [DeviceIdWidth-1:0] fill_id_i,
  input  device_context_t          fill_i,

  input  logic                     inval_valid_i,
  input  inval_t                   inval_i
);

  typedef logic [DeviceIdWidth-1:0] key_t;

  key_t [Entries-1:0] keys;
  logic [Entries-1:0] covered;
  logic               inval;

  assign inval = inval_valid_i && inval_i.kind == InvalDdt;

  for (genvar i = 0; i < Entries; i++) begin : gen_line
    assign covered[i] = !inval_i.dv || keys[i] == inval_i.device_id;
  end

  iommu_context_cache #(
    .Entries(Entries), .Registered(Registered), .key_t(key_t), .context_t(device_context_t)
  ) u_contexts (
    .clk_i, .rst_ni,
    .lookup_valid_i,
    .lookup_key_i (lookup_id_i),
    .lookup_hit_o, .lookup_context_o,
    .walk_next_i,
    .walk_key_i   (walk_id_i),
    .walk_hit_o, .walk_context_o,
    .fill_valid_i,
    .fill_key_i   (fill_id_i),
    .fill_i,
    .inval_i      (inval),
    .keys_o       (keys),
    .covered_i    (covered)
  );

endmodule
