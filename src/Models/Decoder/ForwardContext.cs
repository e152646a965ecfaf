using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>What one call of the decoder needs besides the rows: modules keep no state between calls.</summary>
public sealed class ForwardContext
{
    /// <summary>Position of each row.</summary>
    public required int[] Positions { get; init; }

    /// <summary>Which rows belong to one sequence.</summary>
    public required Segments Segments { get; init; }

    /// <summary>Keys and values of earlier calls, or null.</summary>
    public KvCache? Cache { get; init; }

    /// <summary>Whether dropout is at work.</summary>
    public bool IsTraining { get; init; }

    /// <summary>Whether each layer keeps only its input and runs again in backward.</summary>
    public bool Checkpoints { get; init; }

    /// <summary>Seed, optimizer step and micro-batch: with a module's path they are the key of its randomness.</summary>
    public (int Seed, long Step, int MicroBatch) Randomness { get; init; }

    /// <summary>NEFTune: in training every element of the embeddings is moved by a uniform random number of at most this size. Jain et al. 2023, arXiv:2310.05914.</summary>
    public double EmbeddingNoise { get; init; }

    /// <summary>Called with what enters each layer, and last with what leaves the final one: for tests and probes.</summary>
    internal Action<int, Tensor>? OnHidden { get; init; }

    internal Tensor? Cos { get; set; }
    internal Tensor? Sin { get; set; }

    /// <summary>The key of one use of randomness.</summary>
    public ulong RandomKey(string path) => CounterRandom.Key(Randomness.Seed, Randomness.Step, Randomness.MicroBatch, path);

    /// <summary>Sequences one after another, positions from 0.</summary>
    public static ForwardContext Packed(params ReadOnlySpan<int> lengths)
    {
        Segments segments = Segments.Packed(lengths);
        int total = 0;
        foreach (int length in lengths) total += length;
        var positions = new int[total];
        for (int s = 0; s < lengths.Length; s++)
            for (int i = 0; i < lengths[s]; i++) positions[segments.QueryStart[s] + i] = i;
        return new ForwardContext { Positions = positions, Segments = segments };
    }
}
