// SPDX-License-Identifier: Apache-2.0
//
// A request from flat pins, for ports that a bench drives. Combinational. A stray
// encoding of the access asks for the strictest right, one of the type for nothing
// that is allowed.

module iommu_flat_request
  import iommu_build_pkg::*;
  import iommu_pkg::*;
(
  input  logic [1:0]                ttype_i,
  input  logic [1:0]                access_i,
  input  logic                      priv_i,
  input  logic                      pv_i,
  input  logic [ProcessIdWidth-1:0] process_id_i,
  input  logic [DeviceIdWidth-1:0]  device_id_i,
  input  logic                      no_write_i,
  input  logic [63:0]               iova_i,
  output request_t                  request_o
);

  always_comb begin
    unique case (access_i)
      AccessRead:    request_o.access = AccessRead;
      AccessExecute: request_o.access = AccessExecute;
      default:       request_o.access = AccessWrite;
    endcase
    unique case (ttype_i)
      TypeUntranslated:       request_o.ttype = TypeUntranslated;
      TypeTranslated:         request_o.ttype = TypeTranslated;
      TypeTranslationRequest: request_o.ttype = TypeTranslationRequest;
      default:                request_o.ttype = TypeReserved;
    endcase
    request_o.priv         = priv_i;
    request_o.pv           = pv_i;
    request_o.process_id   = process_id_i;
    request_o.device_id    = device_id_i;
    request_o.no_write     = no_write_i;
    request_o.debug        = 1'b0;
    request_o.page_request = 1'b0;
    request_o.iova         = iova_i;
  end

endmodule
