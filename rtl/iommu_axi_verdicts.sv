// SPDX-License-Identifier: Apache-2.0
//
// Answers that cannot be acted on yet, by tag: order holds them back, or the
// bus. An answer is in the store from the clock after it came, until its tag is
// free and the next to be given. Reads and writes each read a port of their own.

module iommu_axi_verdicts
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter int unsigned IndexWidth = 7,
  parameter bit          QosId      = 1'b0,
  parameter bit          Mrif       = 1'b0
) (
  input  logic                  clk_i,
  input  logic                  tag_free_i,      // accept_tag_i is nobody's yet
  input  logic [IndexWidth-1:0] accept_tag_i,
  input  logic                  answer_valid_i,
  input  answer_t               answer_i,

  // Is there an answer? And is it a refusal? A memory-resident interrupt file
  // cannot be read.
  input  logic [IndexWidth-1:0] next_read_tag_i,
  output logic                  next_read_answered_o,
  input  logic [IndexWidth-1:0] fault_read_tag_i,
  output logic                  fault_read_o,
  input  logic [IndexWidth-1:0] check_tag_i,
  output logic                  check_answered_o,
  input  logic [IndexWidth-1:0] next_write_tag_i,
  output logic                  next_write_answered_o,
  output logic                  next_write_fault_o,

  // What it is.
  input  logic [IndexWidth-1:0] read_tag_i,
  output verdict_t              read_o,
  input  logic [IndexWidth-1:0] write_tag_i,
  output verdict_t              write_o
);

  localparam int unsigned Tags = 2 ** IndexWidth;

  typedef struct packed {
    logic               fault;
    logic [PaWidth-1:0] pa;
    logic [1:0]         pbmt;
  } stored_t;

  typedef struct packed {
    logic  is_mrif;
    mrif_t mrif;
  } stored_mrif_t;

  logic [Tags-1:0]       answered_q;
  logic [IndexWidth-1:0] answer_index;
  stored_t               answer, read, write;
  qos_t                  read_ids, write_ids;

  assign answer_index = answer_i.tag[IndexWidth-1:0];
  assign answer.fault = answer_i.fault;
  assign answer.pa    = answer_i.pa;
  assign answer.pbmt  = answer_i.pbmt;

  assign next_read_answered_o  = answered_q[next_read_tag_i];
  assign check_answered_o      = answered_q[check_tag_i];
  assign next_write_answered_o = answered_q[next_write_tag_i];

  // Not reset: a tag's bit is cleared before anybody looks at it.
  always_ff @(posedge clk_i) begin
    if (tag_free_i)     answered_q[accept_tag_i] <= 1'b0;
    if (answer_valid_i) answered_q[answer_index] <= 1'b1;
  end

  lut_ram #(.T(logic), .Depth(Tags)) u_faults (
    .clk_i,
    .write_i       (answer_valid_i),
    .write_index_i (answer_index),
    .write_data_i  (answer_i.fault || answer_i.is_mrif),
    .read_index_i  (fault_read_tag_i),
    .read_data_o   (fault_read_o)
  );

  lut_ram #(.T(logic), .Depth(Tags)) u_write_faults (
    .clk_i,
    .write_i       (answer_valid_i),
    .write_index_i (answer_index),
    .write_data_i  (answer_i.fault),
    .read_index_i  (next_write_tag_i),
    .read_data_o   (next_write_fault_o)
  );

  lut_ram #(.T(stored_t), .Depth(Tags)) u_reads (
    .clk_i,
    .write_i       (answer_valid_i),
    .write_index_i (answer_index),
    .write_data_i  (answer),
    .read_index_i  (read_tag_i),
    .read_data_o   (read)
  );

  lut_ram #(.T(stored_t), .Depth(Tags)) u_writes (
    .clk_i,
    .write_i       (answer_valid_i),
    .write_index_i (answer_index),
    .write_data_i  (answer),
    .read_index_i  (write_tag_i),
    .read_data_o   (write)
  );

  if (QosId) begin : gen_qos
    lut_ram #(.T(qos_t), .Depth(Tags)) u_reads (
      .clk_i,
      .write_i       (answer_valid_i),
      .write_index_i (answer_index),
      .write_data_i  (answer_i.qos),
      .read_index_i  (read_tag_i),
      .read_data_o   (read_ids)
    );

    lut_ram #(.T(qos_t), .Depth(Tags)) u_writes (
      .clk_i,
      .write_i       (answer_valid_i),
      .write_index_i (answer_index),
      .write_data_i  (answer_i.qos),
      .read_index_i  (write_tag_i),
      .read_data_o   (write_ids)
    );
  end else begin : gen_no_qos
    assign read_ids  = '0;
    assign write_ids = '0;

    logic unused_ids;
    assign unused_ids = ^answer_i.qos;
  end

  // Only a write goes to a memory-resident interrupt file.
  stored_mrif_t stored_mrif, write_mrif;

  assign stored_mrif = '{is_mrif: answer_i.is_mrif, mrif: answer_i.mrif};

  if (Mrif) begin : gen_mrif
    lut_ram #(.T(stored_mrif_t), .Depth(Tags)) u_writes (
      .clk_i,
      .write_i       (answer_valid_i),
      .write_index_i (answer_index),
      .write_data_i  (stored_mrif),
      .read_index_i  (write_tag_i),
      .read_data_o   (write_mrif)
    );
  end else begin : gen_no_mrif
    assign write_mrif = '0;

    logic unused_mrif;
    assign unused_mrif = ^stored_mrif;
  end

  always_comb begin
    read_o          = '0;
    read_o.fault    = read.fault;
    read_o.pa       = read.pa;
    read_o.pbmt     = read.pbmt;
    read_o.ids      = read_ids;
    write_o.fault   = write.fault;
    write_o.pa      = write.pa;
    write_o.pbmt    = write.pbmt;
    write_o.ids     = write_ids;
    write_o.is_mrif = write_mrif.is_mrif;
    write_o.mrif    = write_mrif.mrif;
  end

  logic unused;
  assign unused = ^{answer_i.status, answer_i.msi, answer_i.grant, answer_i.prpr};

endmodule
