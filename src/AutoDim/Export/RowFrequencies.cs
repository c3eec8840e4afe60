using System.Text;
using AutoDim.Data;

namespace AutoDim.Export;

/// <summary>
/// How often each row of each field occurs, sequences of its values included: in the rows that a model learned, by which values are ranked and
/// cold ones found, and in the rows it was validated on, which are what new data is compared with: there, as in new data, values are unseen.
/// The file is a mark with the format's version, the number of fields, and for each field its rows and both counts of each row, all as
/// integers of seven bits a byte: two bytes for most rows.
/// </summary>
/// <param name="Train">Per field, one per row.</param>
/// <param name="Valid">Likewise.</param>
internal sealed record RowFrequencies(IReadOnlyList<long[]> Train, IReadOnlyList<long[]> Valid)
{
    private const ulong Mark = 0x31515246_4D494441; // "ADIMFRQ1"

    /// <summary>Of data as a plan leaves its rows.</summary>
    public static RowFrequencies Of(ClickData data, RowFolding folding)
        => new([.. folding.Fields.Select((_, m) => folding.CountsOf(data, m))], RowCounts.Of(folding.Apply(data.Valid), folding.Fields));

    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Mark);
        writer.Write7BitEncodedInt(Train.Count);
        for (var m = 0; m < Train.Count; m++)
        {
            writer.Write7BitEncodedInt64(Train[m].LongLength);
            foreach (var (train, valid) in Train[m].Zip(Valid[m]))
            {
                writer.Write7BitEncodedInt64(train);
                writer.Write7BitEncodedInt64(valid);
            }
        }
    });

    /// <exception cref="AutoDimException">The file cannot be read, or is not of these fields.</exception>
    public static RowFrequencies Load(string path, IReadOnlyList<Field> fields)
    {
        try
        {
            using var reader = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
            if (reader.ReadUInt64() != Mark || reader.Read7BitEncodedInt() != fields.Count) throw new InvalidDataException("it is not of this version and model");
            if (fields.Sum(field => (double)field.Rows) > reader.BaseStream.Length / 2) throw new InvalidDataException("it has fewer rows than the model"); // a byte at least for each count
            long[][] train = [.. fields.Select(field => new long[field.Rows])], valid = [.. fields.Select(field => new long[field.Rows])];
            for (var m = 0; m < fields.Count; m++)
            {
                if (reader.Read7BitEncodedInt64() != fields[m].Rows) throw new InvalidDataException($"field '{fields[m].Name}' has other rows");
                for (var row = 0; row < train[m].Length; row++) (train[m][row], valid[m][row]) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
            }

            return new RowFrequencies(train, valid);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}; make the model again", exception);
        }
    }
}
