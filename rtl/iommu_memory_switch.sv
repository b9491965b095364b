// SPDX-License-Identifier: Apache-2.0
//
// Walker, control and the store of MRIFs share one way to memory. Requests pass
// combinationally, taking turns when several want to; a request that waits for
// memory is not exchanged for another. Data and acknowledgements go by their ID:
// those of control have bit 6 set, that of MRIFs bit 7, a walk's are its row.
// Payloads of the return way go past this module. An acknowledgement, and data
// for an MRIF, is always taken.

module iommu_memory_switch
  import iommu_build_pkg::*;
  import iommu_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       walk_read_valid_i,
  output logic       walk_read_ready_o,
  input  mem_read_t  walk_read_i,
  output logic       walk_data_valid_o,
  input  logic       walk_data_ready_i,
  input  logic       walk_write_valid_i,
  output logic       walk_write_ready_o,
  input  mem_write_t walk_write_i,
  output logic       walk_done_valid_o,

  input  logic       control_read_valid_i,
  output logic       control_read_ready_o,
  input  mem_read_t  control_read_i,
  output logic       control_data_valid_o,
  input  logic       control_data_ready_i,
  input  logic       control_write_valid_i,
  output logic       control_write_ready_o,
  input  mem_write_t control_write_i,
  output logic       control_done_valid_o,

  input  logic       mrif_read_valid_i,
  output logic       mrif_read_ready_o,
  input  mem_read_t  mrif_read_i,
  output logic       mrif_data_valid_o,
  input  logic       mrif_write_valid_i,
  output logic       mrif_write_ready_o,
  input  mem_write_t mrif_write_i,
  output logic       mrif_done_valid_o,

  output logic       mem_read_valid_o,
  input  logic       mem_read_ready_i,
  output mem_read_t  mem_read_o,
  input  logic       mem_data_valid_i,
  output logic       mem_data_ready_o,
  input  logic [MemIdWidth-1:0] mem_data_id_i,
  output logic       mem_write_valid_o,
  input  logic       mem_write_ready_i,
  output mem_write_t mem_write_o,
  input  logic       mem_done_valid_i,
  input  logic [MemIdWidth-1:0] mem_done_id_i
);

  localparam int unsigned ControlBit = RowWidth;      // of an ID
  localparam int unsigned MrifBit    = RowWidth + 1;
  localparam int unsigned Clients    = Cfg.MsiMrif ? 3 : 2;

  logic [2:0] read_ready, write_ready;

  assign {mrif_read_ready_o, control_read_ready_o, walk_read_ready_o}    = read_ready;
  assign {mrif_write_ready_o, control_write_ready_o, walk_write_ready_o} = write_ready;

  stream_arbiter #(.T(mem_read_t), .N(Clients)) u_read (
    .clk_i, .rst_ni,
    .valid_i (Clients'({mrif_read_valid_i, control_read_valid_i, walk_read_valid_i})),
    .ready_o (read_ready[Clients-1:0]),
    .data_i  (($bits(mem_read_t)*Clients)'({mrif_read_i, control_read_i, walk_read_i})),
    .valid_o (mem_read_valid_o),
    .ready_i (mem_read_ready_i),
    .data_o  (mem_read_o)
  );

  stream_arbiter #(.T(mem_write_t), .N(Clients)) u_write (
    .clk_i, .rst_ni,
    .valid_i (Clients'({mrif_write_valid_i, control_write_valid_i, walk_write_valid_i})),
    .ready_o (write_ready[Clients-1:0]),
    .data_i  (($bits(mem_write_t)*Clients)'({mrif_write_i, control_write_i, walk_write_i})),
    .valid_o (mem_write_valid_o),
    .ready_i (mem_write_ready_i),
    .data_o  (mem_write_o)
  );

  if (!Cfg.MsiMrif) begin : gen_no_mrif
    assign read_ready[2]  = 1'b0;
    assign write_ready[2] = 1'b0;
  end

  logic mrif_data, mrif_done;

  assign mrif_data = Cfg.MsiMrif && mem_data_id_i[MrifBit];
  assign mrif_done = Cfg.MsiMrif && mem_done_id_i[MrifBit];

  assign walk_data_valid_o    = mem_data_valid_i && !mem_data_id_i[ControlBit] && !mrif_data;
  assign control_data_valid_o = mem_data_valid_i && mem_data_id_i[ControlBit];
  assign mrif_data_valid_o    = mem_data_valid_i && mrif_data;
  assign mem_data_ready_o     = mem_data_id_i[ControlBit] ? control_data_ready_i
                                                          : walk_data_ready_i || mrif_data;

  assign walk_done_valid_o    = mem_done_valid_i && !mem_done_id_i[ControlBit] && !mrif_done;
  assign control_done_valid_o = mem_done_valid_i && mem_done_id_i[ControlBit];
  assign mrif_done_valid_o    = mem_done_valid_i && mrif_done;

endmodule
