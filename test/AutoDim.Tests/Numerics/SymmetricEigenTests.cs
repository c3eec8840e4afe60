using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

public sealed class SymmetricEigenTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(32)]
    public void Of_RandomMatrix_VectorsAreOrthonormalAndGiveItBack(int n)
    {
        var random = new CounterRandom(5, (ulong)n);
        var matrix = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++) matrix[i, j] = matrix[j, i] = random.Normal((i * n) + j);
        }

        var eigen = SymmetricEigen.Of(matrix);
        eigen.Values.ShouldBe(eigen.Values.OrderDescending());
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var (product, sum) = (0.0, 0.0);
                for (var k = 0; k < n; k++)
                {
                    product += eigen.Vectors[k, i] * eigen.Vectors[k, j];
                    sum += eigen.Values[k] * eigen.Vectors[i, k] * eigen.Vectors[j, k];
                }

                product.ShouldBe(i == j ? 1 : 0, 1e-10);
                sum.ShouldBe(matrix[i, j], 1e-10);
            }
        }
    }

    [Fact]
    public void Of_KnownMatrix_IsTheTextbookAnswer()
    {
        var eigen = SymmetricEigen.Of(new double[,] { { 2, 1 }, { 1, 2 } });
        eigen.Values[0].ShouldBe(3, 1e-12);
        eigen.Values[1].ShouldBe(1, 1e-12);
        Math.Abs(eigen.Vectors[0, 0]).ShouldBe(Math.Sqrt(0.5), 1e-12);
    }
}
