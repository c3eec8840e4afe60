using System.Globalization;
using System.Numerics.Tensors;

namespace AutoDim.Training;

/// <summary>Where numbers are none any more.</summary>
internal static unsafe class Divergence
{
    private const int Chunk = 1 << 20;

    /// <summary>The first row that holds NaN or infinity, in words; null where there is none. Integers and packed rows are not looked at.</summary>
    public static string? In(IEnumerable<NamedArray> arrays)
    {
        foreach (var array in arrays.Where(array => array.Type == NamedArray.ElementType.Number))
        {
            var length = array.OwnBytes / sizeof(Real);
            for (var first = 0L; first < length; first += Chunk)
            {
                var numbers = new ReadOnlySpan<Real>((Real*)array.Address + first, (int)Math.Min(Chunk, length - first));
                if (TensorPrimitives.IsFiniteAll(numbers)) continue;
                var place = 0;
                while (Real.IsFinite(numbers[place])) place++;
                return string.Create(CultureInfo.InvariantCulture, $"row {(first + place) / array.Columns} of '{array.Name}' holds {numbers[place]}");
            }
        }

        return null;
    }

    /// <summary>The same of a pass's gradients, of tables first; a table's row is told as the table has it.</summary>
    public static string? InGradients(Learner learner)
    {
        foreach (var lookup in learner.Tape.Lookups)
        {
            for (var row = 0; row < lookup.Vectors.Rows; row++)
            {
                var gradient = new NamedArray(learner.Model.Tables[lookup.Table].Name, (nint)(lookup.Vectors.Gradient + ((long)row * lookup.Vectors.Columns)), 1, lookup.Vectors.Columns);
                if (In([gradient]) != null) return $"the gradient of row {lookup.Rows[row]} of '{gradient.Name}' is no number";
            }
        }

        var dense = learner.Dense.Parameters.Where(parameter => parameter.HasGradient).Select(parameter => new NamedArray(parameter.Name, (nint)parameter.Gradient, parameter.Rows, parameter.Columns));
        return In(dense) is { } place ? $"of the gradients, {place}" : null;
    }
}
