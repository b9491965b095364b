// SPDX-License-Identifier: Apache-2.0
//
// How a walk ends with a step: with a fault, a leaf, or an interrupt file, which is
// as a page that both stages map, with all rights but to execute. Combinational.
//
// What a translation request of a device with DC.tc.T2GPA is told is the
// guest-physical address, and no cache may keep that. Nor may one keep where a
// memory-resident interrupt file is.

module iommu_walk_end
  import iommu_build_pkg::*;
  import iommu_pkg::*;
  import iommu_context_pkg::*;
  import iommu_constants_pkg::*;
  import iommu_walk_pkg::*;
#(
  parameter cfg_t Cfg = build_cfg(BuildDefault)
) (
  input  row_t                row_i,
  input  walk_origin_t        origin_i,
  input  walk_context_t       context_i,
  input  walk_state_t         state_i,
  input  logic                fault_i,
  input  logic [11:0]         cause_i,
  input  logic                guest_i,      // a fault would be the second stage's
  input  translation_t        entry_i,      // with a leaf
  input  logic                is_mrif_i,    // with an interrupt file
  input  logic [PpnWidth-1:0] file_ppn_i,
  input  logic [2:0]          file_low_i,
  input  mrif_t               mrif_i,
  output walk_end_t           end_o
);

  localparam bit Msi = has_second_stage(Cfg) && Cfg.MsiFlat;

  logic asks_guest;

  assign asks_guest = Cfg.T2gpa && origin_i.request.ttype == TypeTranslationRequest &&
                      context_i.dc.t2gpa;

  always_comb begin
    end_o        = '0;
    end_o.row    = row_i;
    end_o.tag    = origin_i.tag;
    end_o.fault  = fault_i;
    end_o.report = !context_i.dc.dtf || always_reported(cause_i);
    end_o.cause  = cause_i;
    end_o.sum    = context_i.pc.sum;
    end_o.qos    = Cfg.QosId ? context_i.dc.qos : '0;
    end_o.entry  = entry_i;
    end_o.fills  = !asks_guest;
    if (guest_i) end_o.iotval2 = guest_address(64'(state_i.gpa), state_i.purpose);

    if (Msi && state_i.phase == PhaseMsi) begin
      end_o.is_mrif         = is_mrif_i;
      end_o.mrif_low        = file_low_i;
      end_o.mrif            = mrif_i;
      end_o.fills           = !is_mrif_i && !asks_guest;
      end_o.entry.size      = Page4K;
      end_o.entry.leaf      = state_i.first.size;
      end_o.entry.ppn       = file_ppn_i;
      end_o.entry.pbmt      = state_i.first.pbmt;
      end_o.entry.msi       = 1'b1;
      end_o.entry.r         = state_i.first.r;
      end_o.entry.w         = state_i.first.w;
      end_o.entry.x         = 1'b0;
      end_o.entry.u         = state_i.first.u;
      end_o.entry.d         = state_i.first.d;
      end_o.entry.is_global = state_i.is_global;
    end

    if (asks_guest) begin
      end_o.entry.ppn = state_i.gpa[PaWidth-1:12];
      end_o.gpa_high  = state_i.gpa[58:PaWidth];
    end
  end

endmodule
