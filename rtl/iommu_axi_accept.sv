// SPDX-License-Identifier: Apache-2.0
//
// AR and AW take turns on the core's request port: with both waiting, every
// second clock is a read's, so neither starves the other. An offer reaches the
// core in the clock in which AxVALID is first high; all of it is combinational
// but whose turn it is. At most one burst is accepted a clock.
//
// A burst that iommu_axi_check rejects does not reach the core. It is accepted
// with `accept_bad_o`, when its record can be taken. Of bad reads there is one
// at a time, and reads of its queue wait until it is answered. Whose turn it is
// does not depend on the check, which takes long; one that has to wait because
// of it, or because its device holds more than a share of the core's tags, leaves
// the next turn to the other. With FastClock what is not plain, an incrementing burst of
// one beat, is accepted a clock later than it could be, from the second clock of its
// AxVALID on: the check has the first for itself, and a turn in it is lost.

module iommu_axi_accept
  import iommu_pkg::*;
  import iommu_axi_pkg::*;
#(
  parameter int unsigned DataWidth  = 64,
  parameter int unsigned QueueWidth = 4,
  parameter bit          FastClock  = 1'b0
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  ar_valid_i,
  output logic                  ar_ready_o,
  input  offer_t                ar_i,
  input  logic                  aw_valid_i,
  output logic                  aw_ready_o,
  input  offer_t                aw_i,

  input  logic                  read_space_i,
  input  logic                  write_space_i,
  input  logic                  bad_read_busy_i,
  input  logic [QueueWidth-1:0] bad_read_queue_i,
  input  logic                  report_ready_i,   // a record of a bad burst can be taken

  output logic                  req_valid_o,
  input  logic                  req_ready_i,
  output request_t              req_o,
  output bucket_t               req_bucket_o,
  input  logic [Buckets-1:0]    req_refused_i,

  output logic                  accept_read_o,    // one of the two, or none
  output logic                  accept_write_o,
  output logic                  accept_bad_o,
  output burst_t                accept_burst_o
);

  logic   ar_plain, aw_plain, ar_found, aw_found, ar_checked, aw_checked;
  logic   ar_bad, aw_bad, ar_may, aw_may, ar_grant, aw_grant;
  logic   ar_behind, ar_refused, aw_refused, ar_stuck, aw_stuck, ar_ready, aw_ready;
  logic   read_next_q, read_next_d, select_ar;
  bucket_t ar_bucket, aw_bucket;
  offer_t granted;

  iommu_axi_check #(.DataWidth(DataWidth)) u_check_read (
    .addr_i  (ar_i.addr[11:0]),
    .len_i   (ar_i.attributes.len),
    .size_i  (ar_i.attributes.size),
    .burst_i (ar_i.attributes.burst),
    .lock_i  (ar_i.attributes.lock),
    .plain_o (ar_plain),
    .bad_o   (ar_found)
  );

  iommu_axi_check #(.DataWidth(DataWidth)) u_check_write (
    .addr_i  (aw_i.addr[11:0]),
    .len_i   (aw_i.attributes.len),
    .size_i  (aw_i.attributes.size),
    .burst_i (aw_i.attributes.burst),
    .lock_i  (aw_i.attributes.lock),
    .plain_o (aw_plain),
    .bad_o   (aw_found)
  );

  if (FastClock) begin : gen_check_clock
    logic ar_waits_q, aw_waits_q, ar_found_q, aw_found_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        ar_waits_q <= 1'b0;
        aw_waits_q <= 1'b0;
      end else begin
        ar_waits_q <= ar_valid_i && !ar_ready_o;
        aw_waits_q <= aw_valid_i && !aw_ready_o;
      end
    end

    always_ff @(posedge clk_i) begin
      ar_found_q <= ar_found;
      aw_found_q <= aw_found;
    end

    assign ar_checked = ar_waits_q || ar_plain;
    assign aw_checked = aw_waits_q || aw_plain;
    assign ar_bad     = ar_waits_q && ar_found_q;
    assign aw_bad     = aw_waits_q && aw_found_q;

`ifndef SYNTHESIS
    // An offer that waits may be withdrawn, but not changed.
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        a_ar_held: assert (!(ar_waits_q && ar_valid_i) || ar_found == ar_found_q);
        a_aw_held: assert (!(aw_waits_q && aw_valid_i) || aw_found == aw_found_q);
      end
    end
`endif
  end else begin : gen_check
    logic plain_unused;
    assign plain_unused = ar_plain || aw_plain;

    assign ar_checked = 1'b1;
    assign aw_checked = 1'b1;
    assign ar_bad     = ar_found;
    assign aw_bad     = aw_found;
  end

  assign ar_may   = ar_valid_i && read_space_i;
  assign aw_may   = aw_valid_i && write_space_i;
  assign ar_grant = ar_may && (!aw_may || read_next_q);
  assign aw_grant = aw_may && (!ar_may || !read_next_q);

  // As ar_grant where there is a grant: another function, for the many bits of the
  // burst, so that the handshake does not wait for them.
  assign select_ar = !aw_may || (ar_may && read_next_q);

  // Each is judged beside the grant, and the verdicts meet last, as sums of
  // products: a choice between two of a kind would be made one behind a choice.
  assign ar_behind = bad_read_busy_i && ar_i.attributes.id[QueueWidth-1:0] == bad_read_queue_i;
  assign ar_stuck  = ar_behind || !ar_checked || (ar_bad && (!report_ready_i || bad_read_busy_i));
  assign aw_stuck  = !aw_checked || (aw_bad && !report_ready_i);

  assign ar_bucket    = bucket_of(ar_i.device_id);
  assign aw_bucket    = bucket_of(aw_i.device_id);
  assign req_bucket_o = ({BucketWidth{ar_grant}} & ar_bucket) |
                        ({BucketWidth{!ar_grant}} & aw_bucket);
  assign ar_refused   = ((Buckets'(1) << ar_bucket) & req_refused_i) != '0;
  assign aw_refused   = ((Buckets'(1) << aw_bucket) & req_refused_i) != '0;
  assign granted      = select_ar ? ar_i : aw_i;

  assign ar_ready = !ar_stuck && (ar_bad || (req_ready_i && !ar_refused));
  assign aw_ready = !aw_stuck && (aw_bad || (req_ready_i && !aw_refused));

  assign req_valid_o = (ar_grant && ar_checked && !ar_bad && !ar_behind && !ar_refused) ||
                       (aw_grant && aw_checked && !aw_bad && !aw_refused);
  assign ar_ready_o  = ar_grant && ar_ready;
  assign aw_ready_o  = aw_grant && aw_ready;

  assign accept_read_o  = ar_ready_o;
  assign accept_write_o = aw_ready_o;
  assign accept_bad_o   = (ar_ready_o && ar_bad) || (aw_ready_o && aw_bad);

  always_comb begin
    req_o.ttype = granted.ttype;
    if (!ar_grant)                       req_o.access = AccessWrite;
    else if (granted.attributes.prot[2]) req_o.access = AccessExecute;
    else                                 req_o.access = AccessRead;
    req_o.priv       = granted.attributes.prot[0];
    req_o.pv         = granted.pv;
    req_o.process_id = granted.process_id;
    req_o.device_id  = granted.device_id;
    req_o.no_write   = 1'b0;
    req_o.debug      = 1'b0;
    req_o.page_request = 1'b0;
    req_o.iova       = granted.addr;
  end

  assign accept_burst_o.attributes = granted.attributes;
  assign accept_burst_o.device_id  = granted.device_id;

  always_comb begin
    read_next_d = read_next_q;
    if (ar_grant && (ar_ready || ar_stuck || ar_refused)) read_next_d = 1'b0;
    if (aw_grant && (aw_ready || aw_stuck || aw_refused)) read_next_d = 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) read_next_q <= 1'b1;
    else         read_next_q <= read_next_d;
  end

endmodule
