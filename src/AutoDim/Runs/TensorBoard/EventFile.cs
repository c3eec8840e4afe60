using System.Buffers.Binary;
using System.Numerics;

namespace AutoDim.Runs.TensorBoard;

/// <summary>
/// A file of events as TensorBoard reads them: TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details), each an Event of
/// tensorflow/core/util/event.proto. The time of events is 0: what is written depends on the run alone.
/// </summary>
internal sealed class EventFile
{
    private readonly string path;

    /// <summary>Begins a file, in place of one that is there.</summary>
    public EventFile(string path)
    {
        this.path = path;
        var first = new EventMessage();
        first.Text(3, "brain.Event:2");
        File.WriteAllBytes(path, Record(first.Bytes));
    }

    /// <summary>Adds an event with values of one step.</summary>
    /// <param name="summary">A Summary message.</param>
    public void Add(long step, EventMessage summary)
    {
        var message = new EventMessage();
        message.Whole(2, step);
        message.Message(5, summary);
        using var stream = new FileStream(path, FileMode.Append);
        stream.Write(Record(message.Bytes));
    }

    /// <summary>Length (8 bytes), its checksum (4), the data, its checksum (4); little-endian.</summary>
    private static byte[] Record(ReadOnlySpan<byte> data)
    {
        var record = new byte[8 + 4 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Checksum(record.AsSpan(0, 8)));
        data.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), Checksum(data));
        return record;
    }

    /// <summary>CRC-32C, masked so that a checksum of data that holds checksums stays one: rotated right by 15 bits, plus a constant.</summary>
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var item in data) crc = BitOperations.Crc32C(crc, item);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
