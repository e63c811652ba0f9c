// SPDX-License-Identifier: Apache-2.0
// Cuts the sound of a microphone into pieces of 16 bit samples, in the thread of the sound.

class Pieces extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.samples = new Int16Array(options.processorOptions.piece);
    this.count = 0;
  }

  process(inputs) {
    for (const value of inputs[0][0] || []) {
      this.samples[this.count] = Math.max(-1, Math.min(1, value)) * 32767;
      this.count += 1;
      if (this.count === this.samples.length) {
        this.port.postMessage(this.samples.slice().buffer);
        this.count = 0;
      }
    }
    return true;
  }
}

registerProcessor('pieces', Pieces);
