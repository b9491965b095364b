// SPDX-License-Identifier: Apache-2.0
//
// Types of the AXI front end. IDs are eight bits inside, whatever IdWidth is.

package iommu_axi_pkg;

  import iommu_build_pkg::*;
  import iommu_pkg::*;

  typedef logic [7:0] axi_id_t;

  // How the payload of a burst travels: everything of AxLEN and the like that
  // translation does not change.
  typedef struct packed {
    axi_id_t    id;
    logic [7:0] len;
    logic [2:0] size;
    logic [1:0] burst;
    logic       lock;
    logic [3:0] cache;
    logic [2:0] prot;
    logic [3:0] qos;
  } attributes_t;

  // AW or AR as a device offers it.
  typedef struct packed {
    attributes_t               attributes;
    logic [63:0]               addr;
    ttype_e                    ttype;
    logic                      pv;
    logic [ProcessIdWidth-1:0] process_id;
    logic [DeviceIdWidth-1:0]  device_id;
  } offer_t;

  // What is kept of a burst while it is translated.
  typedef struct packed {
    attributes_t              attributes;
    logic [DeviceIdWidth-1:0] device_id;
  } burst_t;

  // AW or AR as it leaves.
  typedef struct packed {
    attributes_t              attributes;
    logic [PaWidth-1:0]       addr;
    logic [DeviceIdWidth-1:0] device_id;
    qos_t                     ids;
  } translated_t;

  // What became of a translation.
  typedef struct packed {
    logic               fault;
    logic [PaWidth-1:0] pa;
    logic [1:0]         pbmt;
    qos_t               ids;
    logic               is_mrif;
    mrif_t              mrif;
  } verdict_t;

  function automatic verdict_t verdict(answer_t answer);
    verdict_t result;
    result.fault   = answer.fault;
    result.pa      = answer.pa;
    result.pbmt    = answer.pbmt;
    result.is_mrif = answer.is_mrif;
    result.mrif    = answer.mrif;
    result.ids     = answer.qos;
    return result;
  endfunction

  // AxUSER of a device: {type, PV, process_id, device_id}.
  function automatic offer_t offer(attributes_t attributes, logic [63:0] addr, logic [46:0] user);
    offer_t result;
    result.attributes = attributes;
    result.addr       = addr;
    // A burst asks for no translation: the answer to who does may be a success
    // without any permission.
    unique case (user[46:45])
      TypeUntranslated:       result.ttype = TypeUntranslated;
      TypeTranslated:         result.ttype = TypeTranslated;
      default:                result.ttype = TypeReserved;
    endcase
    result.pv         = user[44];
    result.process_id = user[43:24];
    result.device_id  = user[23:0];
    return result;
  endfunction

  // The memory type of the page replaces what the device asked for. NC becomes
  // normal non-cacheable memory, IO a device without early responses.
  function automatic translated_t translated(
    burst_t burst, logic [PaWidth-1:0] pa, logic [1:0] pbmt, qos_t ids
  );
    translated_t result;
    result.attributes = burst.attributes;
    result.addr       = pa;
    result.device_id  = burst.device_id;
    result.ids        = ids;
    unique case (pbmt)
      2'd1:    result.attributes.cache = {3'b001, burst.attributes.cache[0]};
      2'd2:    result.attributes.cache = 4'b0000;
      default: result.attributes.cache = burst.attributes.cache;
    endcase
    return result;
  endfunction

endpackage
