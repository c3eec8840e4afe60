using AutoDim;
using AutoDim.Tests.Fuzzing;
using SharpFuzz;

// Instrumented code may run within the fuzzer alone, so the good inputs are made when the first one is tried.
var folder = Directory.CreateTempSubdirectory("autodim-fuzz-").FullName;
FuzzedReaders? readers = null;
Fuzzer.OutOfProcess.Run(stream =>
{
    readers ??= new FuzzedReaders();
    var reader = readers.Find(args[0]);
    var path = Path.Combine(folder, reader.FileName);
    using (var file = File.Create(path)) stream.CopyTo(file);
    try
    {
        reader.Read(path);
    }
    catch (AutoDimException)
    {
        // Refused with a reason: as it should be.
    }
});
