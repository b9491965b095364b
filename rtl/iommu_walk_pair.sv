// SPDX-License-Identifier: Apache-2.0
//
// Judges what takes two words: an MSI PTE (`file_i`) or a process context. What the
// reads met counts before what they brought. Combinational; `cause_o` is 0 for a
// legal one.

module iommu_walk_pair
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  logic                file_i,
  input  kept_t               first_i,    // both of the right byte order
  input  kept_t               second_i,
  input  device_context_t     dc_i,
  output logic [11:0]         cause_o,

  output process_context_t    process_o,
  output logic                is_mrif_o,  // a memory-resident interrupt file
  output logic [PpnWidth-1:0] ppn_o,      // of the interrupt file
  output logic [2:0]          low_o,      // bits 11:9 of a memory-resident one's address
  output mrif_t               mrif_o
);

  logic        error, poison;
  logic [11:0] process_cause, file_cause;

  assign error   = first_i.error || second_i.error;
  assign poison  = first_i.poison || second_i.poison;
  assign cause_o = file_i ? file_cause : process_cause;

  if (has_process_directory(Cfg)) begin : gen_process
    logic valid, misconfigured;

    iommu_process_check #(.Cfg(Cfg)) u_check (
      .sxl_i           (dc_i.sxl),
      .ta_i            (first_i.data),
      .fsc_i           (second_i.data),
      .valid_o         (valid),
      .misconfigured_o (misconfigured),
      .context_o       (process_o)
    );

    always_comb begin
      if (error)              process_cause = 12'(CAUSE_PDT_ACCESS_FAULT);
      else if (poison)        process_cause = 12'(CAUSE_PDT_CORRUPTED);
      else if (!valid)        process_cause = 12'(CAUSE_PDT_INVALID);
      else if (misconfigured) process_cause = 12'(CAUSE_PDT_MISCONFIGURED);
      else                    process_cause = '0;
    end
  end else begin : gen_no_process
    assign process_o     = '0;
    assign process_cause = '0;
  end

  if (has_second_stage(Cfg) && Cfg.MsiFlat) begin : gen_msi
    iommu_msi_check #(.Cfg(Cfg)) u_check (
      .first_i      (first_i.data),
      .second_i     (second_i.data),
      .error_i      (error),
      .poison_i     (poison),
      .cause_o      (file_cause),
      .is_mrif_o,
      .ppn_o,
      .low_o,
      .nid_o        (mrif_o.nid),
      .notice_ppn_o (mrif_o.notice_ppn)
    );
  end else begin : gen_no_msi
    assign file_cause        = '0;
    assign is_mrif_o         = 1'b0;
    assign ppn_o             = '0;
    assign low_o             = '0;
    assign mrif_o.nid        = '0;
    assign mrif_o.notice_ppn = '0;
  end

  assign mrif_o.offset = '0;   // the answer's
  assign mrif_o.report = !dc_i.dtf;

  logic unused;   // builds may have neither
  assign unused = ^{first_i.data, second_i.data, dc_i, error, poison};

endmodule
