// SPDX-License-Identifier: Apache-2.0
//! The border to C++: the pins of each top as plain structs, and one call a
//! clock. What crosses it is only ever borrowed for the call.

#[cxx::bridge(namespace = "sallyport")]
pub mod ffi {
    /// An AW or AR channel, without its ready.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AxPins {
        /// AxVALID.
        pub valid: bool,
        /// AxID.
        pub id: u8,
        /// AxADDR, bytes.
        pub addr: u64,
        /// AxLEN: beats less one.
        pub len: u8,
        /// AxSIZE: log2 of the bytes a beat.
        pub size: u8,
        /// AxBURST.
        pub burst: u8,
        /// AxLOCK.
        pub lock: bool,
        /// AxCACHE.
        pub cache: u8,
        /// AxPROT.
        pub prot: u8,
        /// AxQOS.
        pub qos: u8,
        /// AxUSER.
        pub user: u64,
    }

    /// A W channel, without its ready.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct WPins {
        /// WVALID.
        pub valid: bool,
        /// WDATA, 64 bits a word, lowest first.
        pub data: [u64; 2],
        /// WSTRB.
        pub strb: u16,
        /// WLAST.
        pub last: bool,
    }

    /// A B channel, without its ready.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct BPins {
        /// BVALID.
        pub valid: bool,
        /// BID.
        pub id: u8,
        /// BRESP.
        pub resp: u8,
    }

    /// An R channel, without its ready.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RPins {
        /// RVALID.
        pub valid: bool,
        /// RID.
        pub id: u8,
        /// RDATA, 64 bits a word, lowest first.
        pub data: [u64; 2],
        /// RRESP.
        pub resp: u8,
        /// RLAST.
        pub last: bool,
        /// RUSER: the data is poisoned. Devices' ports have none.
        pub poison: bool,
    }

    /// What the manager of an AXI4 port drives.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct ManagerPins {
        /// Write address.
        pub aw: AxPins,
        /// Write data.
        pub w: WPins,
        /// Read address.
        pub ar: AxPins,
        /// BREADY.
        pub b_ready: bool,
        /// RREADY.
        pub r_ready: bool,
    }

    /// What the subordinate of an AXI4 port drives.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct SubordinatePins {
        /// AWREADY.
        pub aw_ready: bool,
        /// WREADY.
        pub w_ready: bool,
        /// ARREADY.
        pub ar_ready: bool,
        /// Write response.
        pub b: BPins,
        /// Read data.
        pub r: RPins,
    }

    /// What the manager of the AXI4-Lite port drives.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct LiteManagerPins {
        /// AWVALID.
        pub aw_valid: bool,
        /// AWADDR: offset in the register page, bytes.
        pub aw_addr: u16,
        /// WVALID.
        pub w_valid: bool,
        /// WDATA.
        pub w_data: u64,
        /// WSTRB.
        pub w_strb: u8,
        /// BREADY.
        pub b_ready: bool,
        /// ARVALID.
        pub ar_valid: bool,
        /// ARADDR: offset in the register page, bytes.
        pub ar_addr: u16,
        /// RREADY.
        pub r_ready: bool,
    }

    /// What the subordinate of the AXI4-Lite port drives.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct LiteSubordinatePins {
        /// AWREADY.
        pub aw_ready: bool,
        /// WREADY.
        pub w_ready: bool,
        /// BVALID.
        pub b_valid: bool,
        /// BRESP.
        pub b_resp: u8,
        /// ARREADY.
        pub ar_ready: bool,
        /// RVALID.
        pub r_valid: bool,
        /// RDATA.
        pub r_data: u64,
        /// RRESP.
        pub r_resp: u8,
    }

    /// What goes on inside the core, `trace_t`: for benches, which must not
    /// depend on it for what is right.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct TracePins {
        /// A request entered.
        pub accept: bool,
        /// Its tag.
        pub accept_tag: u8,
        /// A lookup ended.
        pub lookup: bool,
        /// Its request's tag.
        pub lookup_tag: u8,
        /// The lookup found the device context.
        pub lookup_device: bool,
        /// The lookup answers from the caches.
        pub lookup_hit: bool,
        /// A walk began.
        pub start: bool,
        /// In this row.
        pub start_row: u8,
        /// For the request with this tag.
        pub start_tag: u8,
        /// A request joined a walk.
        pub merge: bool,
        /// In this row.
        pub merge_row: u8,
        /// The request's tag.
        pub merge_tag: u8,
        /// A walk ended.
        pub finish: bool,
        /// In this row.
        pub finish_row: u8,
        /// It ended with a fault.
        pub finish_fault: bool,
        /// A request was answered.
        pub answer: bool,
        /// Its tag.
        pub answer_tag: u8,
        /// It was refused.
        pub answer_fault: bool,
        /// An invalidation took effect.
        pub inval: bool,
    }

    /// Inputs of `iommu_axi`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AxiInputs {
        /// `rst_ni`: false resets.
        pub reset_n: bool,
        /// The devices' port.
        pub device: ManagerPins,
        /// The port of translated traffic.
        pub out: SubordinatePins,
        /// The port of the IOMMU's own accesses.
        pub memory: SubordinatePins,
        /// Registers.
        pub registers: LiteManagerPins,
    }

    /// Outputs of `iommu_axi`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AxiOutputs {
        /// The devices' port.
        pub device: SubordinatePins,
        /// The port of translated traffic.
        pub out: ManagerPins,
        /// The port of the IOMMU's own accesses.
        pub memory: ManagerPins,
        /// Registers.
        pub registers: LiteSubordinatePins,
        /// Interrupt wires by vector.
        pub irq: u16,
        /// What goes on inside.
        pub trace: TracePins,
    }

    /// A translation request: `request_t`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct RequestPins {
        /// The request is offered.
        pub valid: bool,
        /// `ttype_e`: 0 untranslated, 1 translated, 2 translation request.
        pub ttype: u8,
        /// `access_e`: 0 read, 1 write, 2 execute.
        pub access: u8,
        /// Privileged.
        pub privileged: bool,
        /// The process_id is valid.
        pub pv: bool,
        /// 20 bits.
        pub process_id: u32,
        /// 24 bits.
        pub device_id: u32,
        /// NW of a translation request.
        pub no_write: bool,
        /// I/O virtual address.
        pub iova: u64,
    }

    /// An answer: `answer_t`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct AnswerPins {
        /// There is an answer.
        pub valid: bool,
        /// To the request that was accepted under this tag.
        pub tag: u8,
        /// Refused.
        pub fault: bool,
        /// Physical address.
        pub pa: u64,
        /// Memory type: 0 PMA, 1 NC, 2 IO.
        pub pbmt: u8,
        /// `status_e`: 0 success, 1 unsupported request, 2 completer abort.
        pub status: u8,
        /// A page of an interrupt file.
        pub msi: bool,
        /// A memory-resident interrupt file, at `pa`.
        pub mrif: bool,
        /// Identity of its notice, 11 bits.
        pub nid: u16,
        /// Page that its notice goes to.
        pub notice_ppn: u64,
        /// Translation request: may be read.
        pub r: bool,
        /// May be written.
        pub w: bool,
        /// May be executed.
        pub x: bool,
        /// The mapping is global.
        pub global: bool,
        /// The permissions are those of privileged mode.
        pub privileged: bool,
        /// Only untranslated requests may go there.
        pub untranslated: bool,
        /// `page_e`: how far the answer reaches.
        pub size: u8,
        /// Resource-control id, 12 bits.
        pub rcid: u16,
        /// Monitoring-counter id, 12 bits.
        pub mcid: u16,
    }

    /// A "Page Request" or "Stop Marker" message: `page_request_t`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PageRequestPins {
        /// The message is offered.
        pub valid: bool,
        /// Who sent it: 8 bits of segment, 16 of requester id.
        pub device_id: u32,
        /// It has a PASID.
        pub pv: bool,
        /// PASID, 20 bits.
        pub process_id: u32,
        /// "Privilege Mode Requested".
        pub privileged: bool,
        /// "Execute Requested".
        pub exec: bool,
        /// Bytes 8 to 15 of the message, in the layout of the queue's records.
        pub payload: u64,
    }

    /// An "Invalidation Completion" message: `inval_completion_t`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CompletionPins {
        /// The message is offered.
        pub valid: bool,
        /// Who sent it: 8 bits of segment, 16 of requester id.
        pub device_id: u32,
        /// Bit n: the invalidation with tag n.
        pub itags: u32,
        /// How many such messages come for each of these; 0 stands for 8.
        pub count: u8,
    }

    /// A "Page Request Group Response" message: `page_response_t`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PageResponsePins {
        /// The message is offered.
        pub valid: bool,
        /// Whom it is for: 8 bits of segment, 16 of requester id.
        pub device_id: u32,
        /// The segment counts.
        pub segment_valid: bool,
        /// It has a PASID.
        pub pv: bool,
        /// PASID, 20 bits.
        pub process_id: u32,
        /// Page request group index, 9 bits.
        pub prgi: u16,
        /// Response code, 4 bits.
        pub code: u8,
    }

    /// An "Invalidation Request" message: `inval_request_t`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct InvalidationPins {
        /// The message is offered.
        pub valid: bool,
        /// Whom it is for: 8 bits of segment, 16 of requester id.
        pub device_id: u32,
        /// The segment counts.
        pub segment_valid: bool,
        /// It has a PASID.
        pub pv: bool,
        /// PASID, 20 bits.
        pub process_id: u32,
        /// The tag that the completion has to name, 5 bits.
        pub itag: u8,
        /// The body, as in `PAYLOAD` of ATS.INVAL.
        pub payload: u64,
    }

    /// Inputs of `iommu_core_port`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CoreInputs {
        /// `rst_ni`: false resets.
        pub reset_n: bool,
        /// A translation request.
        pub request: RequestPins,
        /// A tag is done with. Its answer may come in this clock, not later.
        pub free: bool,
        /// That tag.
        pub free_tag: u8,
        /// For each colour (bit 0 and 1): a read is owed to a device.
        pub reads_busy: u8,
        /// For each colour (bit 0 and 1): a write is owed to memory.
        pub writes_busy: u8,
        /// A page request of a device.
        pub page: PageRequestPins,
        /// A response to page requests is taken in this clock.
        pub response_ready: bool,
        /// An invalidation request is taken in this clock.
        pub invalidation_ready: bool,
        /// A completion of a device.
        pub completion: CompletionPins,
        /// The port of the IOMMU's own accesses.
        pub memory: SubordinatePins,
        /// Registers.
        pub registers: LiteManagerPins,
    }

    /// Outputs of `iommu_core_port`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CoreOutputs {
        /// The request is accepted in this clock.
        pub request_ready: bool,
        /// Under this tag.
        pub request_tag: u8,
        /// With this colour, for fences.
        pub request_colour: bool,
        /// An answer.
        pub answer: AnswerPins,
        /// The page request is taken in this clock.
        pub page_ready: bool,
        /// A response to a device's page requests.
        pub response: PageResponsePins,
        /// An invalidation request to a device.
        pub invalidation: InvalidationPins,
        /// The completion is taken in this clock.
        pub completion_ready: bool,
        /// The port of the IOMMU's own accesses.
        pub memory: ManagerPins,
        /// Registers.
        pub registers: LiteSubordinatePins,
        /// Interrupt wires by vector.
        pub irq: u16,
        /// What goes on inside.
        pub trace: TracePins,
    }

    /// A beat on a TLP port, without its ready.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct TlpPins {
        /// The beat is offered.
        pub valid: bool,
        /// First beat of its packet.
        pub sop: bool,
        /// Last beat of its packet.
        pub eop: bool,
        /// The packet is bad and is to be dropped; only towards the IOMMU.
        pub error: bool,
        /// There is a prefix.
        pub prefix_valid: bool,
        /// The prefix, its first byte the highest.
        pub prefix: u32,
        /// Segment that the packet comes from or goes to.
        pub segment: u8,
        /// Header, 64 bits a word, the last doubleword lowest.
        pub header: [u64; 2],
        /// A bit for each doubleword of data that counts.
        pub strobe: u8,
        /// Data, 64 bits a word, the first byte of the payload lowest.
        pub data: [u64; 4],
    }

    /// Inputs of `iommu_pcie`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PcieInputs {
        /// `rst_ni`: false resets.
        pub reset_n: bool,
        /// Bus, device and function of the IOMMU's packets.
        pub completer_id: u16,
        /// From devices.
        pub upstream: TlpPins,
        /// A beat to devices is taken in this clock.
        pub downstream_ready: bool,
        /// A translation request beside the packets; its tag frees itself.
        pub request: RequestPins,
        /// The port of translated traffic.
        pub out: SubordinatePins,
        /// The port of the IOMMU's own accesses.
        pub memory: SubordinatePins,
        /// Registers.
        pub registers: LiteManagerPins,
    }

    /// Outputs of `iommu_pcie`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct PcieOutputs {
        /// The beat from devices is taken in this clock.
        pub upstream_ready: bool,
        /// Non-posted requests may be sent.
        pub non_posted_ok: bool,
        /// To devices.
        pub downstream: TlpPins,
        /// Malformed packets since reset.
        pub malformed: u16,
        /// Packets since reset that nobody here serves.
        pub unsupported: u16,
        /// Poisoned writes since reset.
        pub poisoned: u16,
        /// The request beside the packets is accepted in this clock.
        pub request_ready: bool,
        /// The request that the core accepts, of a packet or beside them.
        pub accepted: RequestPins,
        /// Its tag.
        pub accepted_tag: u8,
        /// The answer to one of these; without QoS ids.
        pub answer: AnswerPins,
        /// The port of translated traffic.
        pub out: ManagerPins,
        /// The port of the IOMMU's own accesses.
        pub memory: ManagerPins,
        /// Registers.
        pub registers: LiteSubordinatePins,
        /// Interrupt wires by vector.
        pub irq: u16,
        /// What goes on inside.
        pub trace: TracePins,
    }

    unsafe extern "C++" {
        include!("models.h");

        /// A verilated `iommu_axi`.
        type AxiModel;
        /// The build with this number, or null if it was not built.
        fn new_axi(build: u32, seed: u32) -> UniquePtr<AxiModel>;
        /// One clock. False when an assertion of the RTL failed.
        fn clock(self: Pin<&mut AxiModel>, inputs: &AxiInputs, outputs: &mut AxiOutputs) -> bool;
        /// Starts a waveform.
        fn trace_open(self: Pin<&mut AxiModel>, path: &str);
        /// Ends it.
        fn trace_close(self: Pin<&mut AxiModel>);

        /// A verilated `iommu_core_port`.
        type CoreModel;
        /// The build with this number, or null if it was not built.
        fn new_core(build: u32, seed: u32) -> UniquePtr<CoreModel>;
        /// One clock. False when an assertion of the RTL failed.
        fn clock(self: Pin<&mut CoreModel>, inputs: &CoreInputs, outputs: &mut CoreOutputs)
        -> bool;
        /// Starts a waveform.
        fn trace_open(self: Pin<&mut CoreModel>, path: &str);
        /// Ends it.
        fn trace_close(self: Pin<&mut CoreModel>);

        /// A verilated `iommu_pcie`.
        type PcieModel;
        /// The build with this number, or null if it was not built.
        fn new_pcie(build: u32, seed: u32) -> UniquePtr<PcieModel>;
        /// One clock. False when an assertion of the RTL failed.
        fn clock(self: Pin<&mut PcieModel>, inputs: &PcieInputs, outputs: &mut PcieOutputs)
        -> bool;
        /// Starts a waveform.
        fn trace_open(self: Pin<&mut PcieModel>, path: &str);
        /// Ends it.
        fn trace_close(self: Pin<&mut PcieModel>);

        /// What models said on this thread since the last call.
        fn take_messages() -> String;
    }
}

// SAFETY: a model and its context belong to one another and to nobody else.
// Verilator keeps per-thread state only for the model that is being evaluated,
// and the engine sets it at the start of each call.
unsafe impl Send for ffi::AxiModel {}
// SAFETY: as above.
unsafe impl Send for ffi::CoreModel {}
// SAFETY: as above.
unsafe impl Send for ffi::PcieModel {}
