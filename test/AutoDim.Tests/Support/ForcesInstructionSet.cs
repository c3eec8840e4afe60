namespace AutoDim.Tests.Support;

/// <summary>
/// Tests that change the process-wide instruction set. They run by themselves: beside others they would change the bits that
/// those compare, and make them allocate for code not run before.
/// </summary>
[CollectionDefinition(nameof(ForcesInstructionSet), DisableParallelization = true)]
public sealed class ForcesInstructionSet;
