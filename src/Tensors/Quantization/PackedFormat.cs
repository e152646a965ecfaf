namespace Pure.Tuner;

/// <summary>A way to store a matrix in fewer bits: what the parts of a <see cref="QuantizedTensor"/> are and which numbers they stand for.</summary>
/// <remarks>
/// A format is one file: its parts and <see cref="Expand"/>, the definition that every backend can compute with. A backend may have a
/// faster expansion of its own; it is tested against this one. Instances hold settings (bits, block sizes), never data.
/// </remarks>
public abstract class PackedFormat
{
    /// <summary>Name in messages and reports, with the settings that matter: nf4-64-dq, gptq4-g128, Q4_K.</summary>
    public abstract string Name { get; }

    /// <summary>A piece of a row to be expanded begins at a multiple of so many columns; it ends at one, or with the row.</summary>
    public abstract int Grain { get; }

    /// <summary>The parts that a matrix is stored in.</summary>
    /// <param name="shape">[out, in].</param>
    /// <exception cref="ArgumentException">A matrix of that shape cannot be stored so.</exception>
    public abstract IReadOnlyList<PackedPart> Parts(Shape shape);

    /// <summary>The numbers of a piece of a row, in F32: the definition.</summary>
    /// <param name="w">The matrix, in memory that the process sees.</param>
    /// <param name="row">The row.</param>
    /// <param name="column">First column, a multiple of <see cref="Grain"/>.</param>
    /// <param name="y">One place for each column.</param>
    public abstract void Expand(QuantizedTensor w, int row, int column, Span<float> y);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One part of a packed matrix: codes, scales, zero points.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Shape">Its lengths.</param>
/// <param name="DType">Type of its elements; U8 for anything packed.</param>
public readonly record struct PackedPart(string Name, Shape Shape, DType DType);

/// <summary>A format that numbers can be rounded into without data: round to nearest, or a search for scales inside a block.</summary>
public interface IQuantizer
{
    /// <summary>The format of the result.</summary>
    PackedFormat Format { get; }

    /// <summary>Rounds a matrix. Never more than a few rows of it are held in F32.</summary>
    /// <param name="backend">The device that will hold it.</param>
    /// <param name="name">Name of the weight.</param>
    /// <param name="shape">[out, in].</param>
    /// <param name="rows">Gives rows of the matrix.</param>
    QuantizedTensor Quantize(Backend backend, string name, Shape shape, RowReader rows);
}

/// <summary>Reads whole rows of a matrix as F32.</summary>
/// <param name="firstRow">The first.</param>
/// <param name="rows">Whole rows, one after another.</param>
public delegate void RowReader(int firstRow, Span<float> rows);
