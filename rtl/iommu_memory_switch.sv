// SPDX-License-Identifier: Apache-2.0
//
// Walker and control share one way to memory. Requests pass combinationally,
// taking turns when both want to; a request that waits for memory is not
// exchanged for another. Data and acknowledgements go by their ID: those of
// control have bit 6 set, a walk's are its row. Payloads of the return way go
// past this module. An acknowledgement is always taken.

module iommu_memory_switch
  import iommu_pkg::*;
(
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

  localparam int unsigned ControlBit = RowWidth;  // of an ID

  stream_arbiter #(.T(mem_read_t), .N(2)) u_read (
    .clk_i, .rst_ni,
    .valid_i ({control_read_valid_i, walk_read_valid_i}),
    .ready_o ({control_read_ready_o, walk_read_ready_o}),
    .data_i  ({control_read_i, walk_read_i}),
    .valid_o (mem_read_valid_o),
    .ready_i (mem_read_ready_i),
    .data_o  (mem_read_o)
  );

  stream_arbiter #(.T(mem_write_t), .N(2)) u_write (
    .clk_i, .rst_ni,
    .valid_i ({control_write_valid_i, walk_write_valid_i}),
    .ready_o ({control_write_ready_o, walk_write_ready_o}),
    .data_i  ({control_write_i, walk_write_i}),
    .valid_o (mem_write_valid_o),
    .ready_i (mem_write_ready_i),
    .data_o  (mem_write_o)
  );

  assign walk_data_valid_o    = mem_data_valid_i && !mem_data_id_i[ControlBit];
  assign control_data_valid_o = mem_data_valid_i && mem_data_id_i[ControlBit];
  assign mem_data_ready_o     = mem_data_id_i[ControlBit] ? control_data_ready_i
                                                          : walk_data_ready_i;

  assign walk_done_valid_o    = mem_done_valid_i && !mem_done_id_i[ControlBit];
  assign control_done_valid_o = mem_done_valid_i && mem_done_id_i[ControlBit];

endmodule
